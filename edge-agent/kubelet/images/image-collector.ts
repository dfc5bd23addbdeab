// Removes images that nothing needs: when their file system fills up, or after long (the kubelet's image garbage collection).

import { statfs } from 'node:fs/promises';
import { type Clock, type Logger, messageOf, type Timer } from '../../../shared/base/index.ts';
import type { Runtime, RuntimeImage } from '../../runtime/index.ts';
import {
  type ImageGcPolicy,
  type ImageTimes,
  type KnownImages,
  planImageGc,
  unusedImages,
} from './plan-image-gc.ts';

export interface ImageCollectorOptions {
  runtimes: readonly Runtime[];
  policy: ImageGcPolicy;
  /** `images` is another than before. */
  changed?(): void;
  /** A word to the node's events. */
  warn(reason: string, message: string): void;
  clock: Clock;
  log: Logger;
  /** Milliseconds between two looks; default 5 minutes. */
  interval?: number;
}

export const defaultImageGc: ImageGcPolicy = {
  highPercent: 85,
  lowPercent: 80,
  minimumAge: 120_000,
  maximumAge: 0,
};

const lookAfterMs = 1000;

export class ImageCollector {
  private readonly options: ImageCollectorOptions;
  private readonly seen = new Map<Runtime, readonly RuntimeImage[]>();
  private readonly times = new Map<Runtime, Map<string, ImageTimes>>();
  private began = 0;
  private timer: Timer | undefined;
  private working: Promise<void> = Promise.resolve();
  private readonly soon = new Map<Runtime, Timer>();
  private stopped = false;

  constructor(options: ImageCollectorOptions) {
    this.options = options;
  }

  start(): void {
    this.began = this.options.clock.monotonic();
    for (const runtime of this.options.runtimes) runtime.onImagesChange(() => this.lookSoon(runtime));
    // What is here by now came before: how long ago nobody knows.
    this.working = this.each(async (runtime) => {
      await this.look(runtime);
    }).finally(() => this.schedule());
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    for (const timer of this.soon.values()) timer.cancel();
    await this.working;
  }

  /** Those of all runtimes, as they were seen last. */
  get images(): RuntimeImage[] {
    return [...this.seen.values()].flat();
  }

  /** All images that no container needs, but those that came just now. */
  removeUnused(): Promise<void> {
    return this.each(async (runtime) => {
      await this.remove(runtime, unusedImages(await this.look(runtime), this.options.policy.minimumAge));
    });
  }

  /** Pulls that end together are looked at once. */
  private lookSoon(runtime: Runtime): void {
    if (this.stopped || this.soon.has(runtime)) return;
    const timer = this.options.clock.after(lookAfterMs, () => {
      this.soon.delete(runtime);
      this.look(runtime).catch((error: unknown) =>
        this.options.log.warn({ err: error, runtime: runtime.name }, 'looking at the images'),
      );
    });
    this.soon.set(runtime, timer);
  }

  private schedule(): void {
    if (this.stopped) return;
    const { clock, interval = 300_000 } = this.options;
    this.timer = clock.after(interval, () => {
      this.working = this.collect().finally(() => this.schedule());
    });
  }

  private collect(): Promise<void> {
    return this.each(async (runtime, folder) => {
      const { bavail, blocks, bsize } = await statfs(folder);
      const capacityBytes = blocks * bsize;
      const usedBytes = capacityBytes - bavail * bsize;
      const facts = { ...(await this.look(runtime)), capacityBytes, usedBytes, began: this.began };
      const { old, remove, wantedBytes } = planImageGc(facts, this.options.policy);
      await this.remove(runtime, old);
      const freed = await this.remove(runtime, remove);
      if (freed >= wantedBytes) return;
      const found = `Attempted to free ${wantedBytes} bytes, but only found ${freed} bytes eligible to free.`;
      this.options.warn(
        'FreeDiskSpaceFailed',
        `Failed to garbage collect required amount of images. ${found}`,
      );
    });
  }

  private async each(work: (runtime: Runtime, folder: string) => Promise<void>): Promise<void> {
    for (const runtime of this.options.runtimes) {
      if (runtime.imageFolder === undefined) continue;
      try {
        await work(runtime, runtime.imageFolder);
      } catch (error) {
        const why = messageOf(error);
        this.options.warn('ImageGCFailed', `failed to garbage collect images of ${runtime.name}: ${why}`);
      }
    }
  }

  private async look(runtime: Runtime): Promise<KnownImages> {
    const now = this.options.clock.monotonic();
    const [images, containers] = await Promise.all([runtime.images(), runtime.list()]);
    const used = new Set(containers.map(({ imageId }) => imageId));
    // Containers may know their image by a digest in its repository.
    const isUsed = ({ id, names }: RuntimeImage) =>
      [id, `sha256:${id}`, ...names].some((name) => used.has(name));
    const inUse = new Set(images.filter(isUsed).map(({ id }) => id));
    const before = this.times.get(runtime);
    const times = new Map(
      images.map(({ id }) => {
        const { firstSeen = before ? now : Number.NEGATIVE_INFINITY, lastUsed } = before?.get(id) ?? {};
        return [id, { firstSeen, lastUsed: inUse.has(id) ? now : lastUsed }];
      }),
    );
    this.times.set(runtime, times);
    this.seen.set(runtime, images);
    this.options.changed?.();
    return { images, inUse, times, now };
  }

  /** Answers how many bytes that gave back. */
  private async remove(runtime: Runtime, images: readonly RuntimeImage[]): Promise<number> {
    let freed = 0;
    for (const { id, names, sizeBytes } of images) {
      try {
        await runtime.removeImage(id);
        freed += sizeBytes;
        this.options.log.info(
          { image: names[0] ?? id, bytes: sizeBytes },
          'removed an image that nothing needs',
        );
      } catch (error) {
        this.options.log.warn({ err: error, image: names[0] ?? id }, 'an image could not be removed');
      }
    }
    return freed;
  }
}
