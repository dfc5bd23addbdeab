// The images of this board that the agent has to do with: found, pulled (one pull per image, so many at once), removed.

import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../shared/base/index.ts';
import { type ImageName, imageName } from '../image-name.ts';
import type { PullSlots } from '../pull-slots.ts';
import {
  type ImageRequest,
  type PreparedImage,
  type PullListener,
  RuntimeFailure,
  type RuntimeImage,
} from '../runtime.ts';
import { type PullRun, SharedPulls } from '../shared-pulls.ts';
import { type InspectedImage, inspectedImage, listedImages } from './answers.ts';
import type { PartialPulls } from './partial-pulls.ts';
import { type PodmanApi, PodmanError } from './podman-api.ts';
import { pullImage } from './pull-image.ts';

interface Options {
  api: PodmanApi;
  parts: PartialPulls;
  /** Remembers which images came here by this agent: only these are its to remove. */
  directory: string;
  pullSlots: PullSlots;
  clock: Clock;
  /** Images or their names are others than before. */
  changed(): void;
}

export class PodmanImages {
  private readonly options: Options;
  /** By the image's full name and the credentials; answer the milliseconds that they took. */
  private readonly pulls: SharedPulls<number>;
  /** What a name in a pod stood for when it was looked at last. */
  private readonly known = new Map<string, InspectedImage>();

  constructor(options: Options) {
    this.options = options;
    this.pulls = new SharedPulls({ slots: options.pullSlots, clock: options.clock });
  }

  async start(): Promise<void> {
    await mkdir(this.options.directory, { recursive: true, mode: 0o700 });
  }

  /** Throws RuntimeFailure (ErrImagePull, ErrImageNeverPull, InvalidImageName, RegistryUnavailable). */
  async ensure(request: ImageRequest, listener: PullListener): Promise<PreparedImage> {
    const { image, policy, credentials, signal } = request;
    const name = imageName(image);
    const present = policy === 'Always' ? undefined : await this.find(name);
    if (present) return this.prepared(image, present);
    if (policy === 'Never') {
      const message = `Container image "${image}" is not present with pull policy of Never`;
      throw new RuntimeFailure('ErrImageNeverPull', message);
    }
    const key = JSON.stringify([name.full, credentials]);
    const milliseconds = await this.pulls.join(key, { listener, signal }, (run) =>
      this.pull(name.full, credentials, run),
    );
    const pulled = await this.inspect(name.full);
    if (!pulled) throw new RuntimeFailure('ErrImagePull', `${image} is gone right after it was pulled`);
    await this.own(pulled.id);
    return { ...this.prepared(image, pulled), pulled: { milliseconds, sizeBytes: pulled.sizeBytes } };
  }

  /** What to start a container of that name from. Throws RuntimeFailure(CreateContainerError). */
  async idFor(image: string): Promise<{ id: string; imageId: string; user: string }> {
    const found = this.known.get(image) ?? (await this.find(imageName(image)));
    if (!found) throw new RuntimeFailure('CreateContainerError', `image ${image}: not known on this board`);
    return { id: found.id, imageId: idText(image, found), user: found.user };
  }

  /** It may not be there any more. */
  forget(image: string): void {
    this.known.delete(image);
  }

  async list(): Promise<RuntimeImage[]> {
    const own = new Set(await readdir(this.options.directory));
    const all = listedImages(await this.options.api.call({ method: 'GET', path: '/libpod/images/json' }));
    return all
      .filter(({ id }) => own.has(id))
      .map(({ id, names, digests, sizeBytes, createdAt }) => ({
        id,
        names: [...names, ...digests],
        sizeBytes,
        createdAt,
      }));
  }

  async remove(id: string): Promise<void> {
    this.known.clear();
    try {
      // `force` takes every name off it; containers that use it still forbid it.
      await this.options.api.call({ method: 'DELETE', path: `/libpod/images/${id}` });
    } catch (error) {
      if (!(error instanceof PodmanError)) throw error;
      if (error.status === 409) throw new RuntimeFailure('ImageInUse', error.message, { cause: error });
      if (error.status !== 404) throw error;
    }
    await rm(join(this.options.directory, id), { force: true });
    this.options.changed();
  }

  /** Answers the milliseconds that it took. */
  private async pull(image: string, credentials: ImageRequest['credentials'], run: PullRun): Promise<number> {
    const { api, parts, clock } = this.options;
    const began = clock.monotonic();
    await pullImage({ ...run, api, parts, clock, image, credentials });
    return Math.round(clock.monotonic() - began);
  }

  private prepared(image: string, found: InspectedImage): PreparedImage {
    this.known.set(image, found);
    return {
      imageId: idText(image, found),
      ...(found.user && { user: found.user.split(':')[0] ?? found.user }),
    };
  }

  private async find({ full, short, local }: ImageName): Promise<InspectedImage | undefined> {
    return (await this.inspect(full)) ?? (short ? this.inspect(local) : undefined);
  }

  private async inspect(name: string): Promise<InspectedImage | undefined> {
    try {
      const path = `/libpod/images/${encodeURIComponent(name)}/json`;
      return inspectedImage(await this.options.api.call({ method: 'GET', path }));
    } catch (error) {
      if (error instanceof PodmanError && error.status === 404) return undefined;
      throw error;
    }
  }

  async own(id: string): Promise<void> {
    await writeFile(join(this.options.directory, id), '');
    this.options.changed();
  }
}

/** As upstream: where it came from with its digest, or else its id. */
function idText(image: string, { id, digests }: InspectedImage): string {
  const [repository = ''] = imageName(image).full.split(/@|:[^:/]*$/);
  return digests.find((one) => one.startsWith(`${repository}@`)) ?? `sha256:${id}`;
}
