// Keeps room on the board for what runs: measures what is left, removes images that nothing needs, and ends pods when that
// is not enough.

import { mkdir } from 'node:fs/promises';
import type { Clock, Logger } from '../../../shared/base/index.ts';
import type { Runtime } from '../../runtime/index.ts';
import { giveUpPod } from '../give-up-pod.ts';
import { defaultImageGc, ImageCollector } from '../images/image-collector.ts';
import type { ImageGcPolicy } from '../images/plan-image-gc.ts';
import { type NodeImages, nodeImages } from '../images/plan-node-images.ts';
import type { EventRecorder } from '../pod-events.ts';
import type { PodPaths } from '../pod-paths.ts';
import type { PodWorker } from '../pod-worker.ts';
import { type DiskUse, diskUseOf } from '../volumes/storage-usage.ts';
import { EvictionManager } from './eviction-manager.ts';
import type { Candidate, Eviction } from './plan-eviction.ts';
import { readSignals } from './read-signals.ts';
import type { Pressure, Signals, Threshold } from './thresholds.ts';

export interface BoardKeeperOptions {
  runtimes: readonly Runtime[];
  /** Of the pods' folders. */
  directory: string;
  paths: PodPaths;
  workers(): Iterable<PodWorker>;
  events: EventRecorder;
  nodeName: string;
  thresholds: readonly Threshold[];
  /** Seconds for the end of a pod at a soft threshold, at most. */
  maxPodGraceSeconds?: number;
  /** Milliseconds for which a pressure is said after it was last seen. */
  transition?: number;
  imageGc?: ImageGcPolicy;
  /** Default: what the board says. */
  signals?: () => Promise<Signals>;
  clock: Clock;
  log: Logger;
}

export class BoardKeeper {
  private readonly options: BoardKeeperOptions;
  private readonly images: ImageCollector;
  private readonly eviction: EvictionManager;
  private readonly listeners = new Set<() => void>();
  private readonly imageListeners = new Set<() => void>();

  constructor(options: BoardKeeperOptions) {
    this.options = options;
    const { maxPodGraceSeconds, transition } = options;
    const { clock, log, runtimes, events, nodeName, directory, imageGc: policy = defaultImageGc } = options;
    const node = { metadata: { name: nodeName } };
    const warn = (reason: string, message: string) => events.node(node, 'Warning', reason, message);
    const changed = () => {
      for (const listener of this.imageListeners) listener();
    };
    this.images = new ImageCollector({ ...{ runtimes, policy, warn, changed, clock, log } });
    const imageFolder = () => runtimes.find((runtime) => runtime.imageFolder !== undefined)?.imageFolder;
    this.eviction = new EvictionManager({
      thresholds: options.thresholds,
      signals: options.signals ?? (() => readSignals({ directory, imageFolder: imageFolder() })),
      candidates: (of) => this.candidates(of),
      evict: (eviction) => this.evict(eviction),
      reclaimDisk: () => this.reclaimDisk(),
      onChange: () => {
        for (const listener of this.listeners) listener();
      },
      ...(maxPodGraceSeconds !== undefined && { maxPodGraceSeconds }),
      ...(transition !== undefined && { transition }),
      ...{ warn, clock, log },
    });
  }

  get pressures(): ReadonlySet<Pressure> {
    return this.eviction.pressures;
  }

  onPressure(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** What the board has of images. */
  get nodeImages(): NodeImages {
    return nodeImages(this.images.images);
  }

  onImages(listener: () => void): void {
    this.imageListeners.add(listener);
  }

  /** The runtimes must have started. */
  async start(): Promise<void> {
    await mkdir(this.options.directory, { recursive: true, mode: 0o700 });
    await this.eviction.start();
    this.images.start();
  }

  async stop(): Promise<void> {
    await this.eviction.stop();
    await this.images.stop();
  }

  /** As upstream: what is left of pods that are over, then images that nothing needs. */
  private async reclaimDisk(): Promise<void> {
    const { workers, log } = this.options;
    for (const worker of workers()) {
      await worker.discard().catch((error: unknown) => {
        const pod = worker.record.pod.metadata.name;
        log.warn({ err: error, pod }, 'what is left of a pod that is over could not be removed');
      });
    }
    await this.images.removeUnused();
  }

  private async candidates({ disk }: { disk: boolean }): Promise<Candidate[]> {
    const { runtimes, paths, workers } = this.options;
    const usages = await Promise.all(runtimes.map((runtime) => runtime.usage?.() ?? []));
    const usageOf = new Map(usages.flat().map((usage) => [usage.id, usage]));
    const containers = (await Promise.all(runtimes.map((runtime) => runtime.list()))).flat();
    const found: Candidate[] = [];
    for (const worker of workers()) {
      const { record } = worker;
      if (record.failed || record.unwanted || record.pod.metadata.deletionTimestamp) continue;
      const own = containers.filter(({ podUid, state }) => podUid === record.uid && state === 'running');
      if (own.length === 0) continue;
      found.push({
        ...(disk ? await diskUseOfPod(worker, paths.podFolder(record.uid)) : noDisk),
        pod: record.pod,
        memory: new Map(own.map(({ id, name }) => [name, usageOf.get(id)?.memoryBytes ?? 0])),
        processes: own.reduce((sum, { id }) => sum + (usageOf.get(id)?.processes ?? 0), 0),
      });
    }
    return found;
  }

  private async evict({ uid, message, graceSeconds }: Eviction): Promise<void> {
    const { workers, clock, log } = this.options;
    const worker = [...workers()].find(({ record }) => record.uid === uid);
    if (!worker) return;
    const failure = { reason: 'Evicted', message, disruption: true, graceSeconds };
    if (await giveUpPod(worker, failure, clock)) return;
    log.warn({ pod: worker.record.pod.metadata.name }, 'a pod that was evicted still runs');
  }
}

const noDisk = { disk: { bytes: 0, inodes: 0 }, containerDisk: new Map<string, number>() };

/** Its volumes, and what its containers wrote into files and logs of their own. */
async function diskUseOfPod(
  worker: PodWorker,
  folder: string,
): Promise<Pick<Candidate, 'disk' | 'containerDisk'>> {
  const parts: DiskUse[] = [await diskUseOf(folder)];
  const containerDisk = new Map<string, number>();
  for (const [name, folders] of await worker.containerFolders()) {
    const own = await Promise.all(folders.map(diskUseOf));
    parts.push(...own);
    containerDisk.set(
      name,
      own.reduce((sum, { bytes }) => sum + bytes, 0),
    );
  }
  const total = (of: keyof DiskUse) => parts.reduce((sum, part) => sum + part[of], 0);
  return { disk: { bytes: total('bytes'), inodes: total('inodes') }, containerDisk };
}
