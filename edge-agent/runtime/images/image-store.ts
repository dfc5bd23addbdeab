// Images that were fetched and unpacked, each once by its digest. A pull that is cut off at any moment leaves no half of
// an image, and what it had fetched is used by the next try.

import { execFile } from 'node:child_process';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { machine } from 'node:os';
import { join } from 'node:path';
import { type Clock, messageOf } from '../../../shared/base/index.ts';
import type { PullSlots } from '../pull-slots.ts';
import {
  type ImageRequest,
  type PreparedImage,
  type PullListener,
  RuntimeFailure,
  type RuntimeImage,
} from '../runtime.ts';
import { type PullRun, SharedPulls } from '../shared-pulls.ts';
import { DiskRoom } from './disk-room.ts';
import { Downloads } from './downloads.ts';
import { type ImageSource, parseImage } from './image-reference.ts';
import { boardOf } from './oci-manifest.ts';
import { type Pull, type Pulled, unchanged } from './pull.ts';
import { filesOf, folderOf, readImages, type StoredImage, writeImage } from './stored-image.ts';

type Named = Exclude<ImageSource, { kind: 'host' }>;

interface Options {
  /** Belongs to the store alone. */
  directory: string;
  clock: Clock;
  pullSlots: PullSlots;
  /** Ids of images that containers need. */
  inUse(): ReadonlySet<string>;
  /** Images or their names are others than before. */
  changed?(): void;
}

interface PulledImage {
  image: StoredImage;
  milliseconds: number;
  changed: boolean;
}

/** What was fetched in part and not asked for again since. */
const keepDownloadsMs = 7 * 24 * 3_600_000;

export class ImageStore {
  private readonly options: Options;
  private readonly stored = new Map<string, StoredImage>();
  private readonly pulls: SharedPulls<PulledImage>;
  private readonly downloads: Downloads;

  constructor(options: Options) {
    this.options = options;
    this.downloads = new Downloads(join(options.directory, 'downloads'));
    this.pulls = new SharedPulls({ slots: options.pullSlots, clock: options.clock });
  }

  get folder(): string {
    return join(this.options.directory, 'images');
  }

  private get work(): string {
    return join(this.options.directory, 'unpacking');
  }

  async start(): Promise<void> {
    await rm(this.work, { recursive: true, force: true });
    for (const path of [this.folder, this.work, this.downloads.folder])
      await mkdir(path, { recursive: true, mode: 0o700 });
    for (const image of await readImages(this.folder)) this.stored.set(image.id, image);
    // A folder that is no image was being removed.
    const folders = new Set([...this.stored.keys()].map((id) => folderOf(this.folder, id)));
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      if (!folders.has(path)) await rm(path, { recursive: true, force: true });
    }
    await this.removeOldDownloads();
  }

  /** Throws RuntimeFailure (ErrImagePull, ErrImageNeverPull, InvalidImageName). */
  async ensure(request: ImageRequest, listener: PullListener): Promise<PreparedImage> {
    const { image, policy, credentials, signal } = request;
    const source = parseImage(image);
    if (source.kind === 'host') throw new Error('the board itself is no image');
    const known = this.find(source);
    const mayHaveChanged = source.digest === undefined || source.kind === 'registry';
    if (known && !(policy === 'Always' && mayHaveChanged)) return prepared(known, source);
    if (policy === 'Never')
      throw new RuntimeFailure(
        'ErrImageNeverPull',
        `Container image "${image}" is not present with pull policy of Never`,
      );
    const key = JSON.stringify([image, credentials]);
    try {
      const {
        image: pulled,
        milliseconds,
        changed,
      } = await this.pulls.join(key, { listener, signal }, (run) => this.pull(source, credentials, run));
      const { sizeBytes } = pulled;
      return { ...prepared(pulled, source), ...(changed && { pulled: { milliseconds, sizeBytes } }) };
    } catch (cause) {
      throw new RuntimeFailure('ErrImagePull', messageOf(cause), { cause });
    }
  }

  /** The image that a container of this name runs; undefined: it was removed since. */
  imageOf(image: string): { stored: StoredImage; files: string } | undefined {
    const source = parseImage(image);
    const stored = source.kind === 'host' ? undefined : this.find(source);
    return stored && { stored, files: filesOf(this.folder, stored.id) };
  }

  /** What a container of this name reports as its image's id. */
  reportedId(image: string): string {
    const source = parseImage(image);
    const stored = source.kind === 'host' ? undefined : this.find(source);
    return stored && source.kind !== 'host' ? prepared(stored, source).imageId : image;
  }

  images(): RuntimeImage[] {
    return [...this.stored.values()].map(({ id, names, sizeBytes, createdAt }) => ({
      ...{ id, names, sizeBytes, createdAt },
    }));
  }

  /** Throws RuntimeFailure(ImageInUse). */
  async remove(id: string): Promise<void> {
    if (this.options.inUse().has(id))
      throw new RuntimeFailure('ImageInUse', `image ${id} is used by a container`);
    if (!this.stored.delete(id)) return;
    this.options.changed?.();
    // In one step it is no image any more; how long the files take is nobody's affair.
    const path = folderOf(this.folder, id);
    const away = join(this.work, `removed-${id.slice(7, 19)}-${this.options.clock.now()}`);
    await rename(path, away);
    await rm(away, { recursive: true, force: true });
  }

  private find(source: Named): StoredImage | undefined {
    const { name, digest } = source;
    const images = [...this.stored.values()];
    if (digest === undefined) return images.find(({ names }) => names.includes(name));
    return images.find(({ id, names }) => id === digest || names.some((one) => one.endsWith(`@${digest}`)));
  }

  private async pull(
    source: Named,
    credentials: ImageRequest['credentials'],
    run: PullRun,
  ): Promise<PulledImage> {
    const { clock } = this.options;
    const began = clock.monotonic();
    const known = this.find(source);
    const workFolder = join(this.work, `${process.pid}-${began}`);
    await mkdir(workFolder, { mode: 0o700 });
    const pull: Pull = {
      ...{ ...run, credentials, workFolder, clock, downloads: this.downloads },
      board: boardOf(process.arch, machine()),
      room: new DiskRoom(this.options.directory),
      haveVersion: source.digest === undefined ? known?.versions[source.name] : undefined,
      has: (id) => this.stored.has(id),
    };
    try {
      const { pullFrom } = await import('./pull-from.ts');
      const pulled = await pullFrom(source, pull);
      const milliseconds = () => Math.round(clock.monotonic() - began);
      if (pulled !== unchanged)
        return {
          image: await this.keep(source, pulled, workFolder),
          milliseconds: milliseconds(),
          changed: true,
        };
      if (!known) throw new Error('what is not there has not changed');
      return { image: known, milliseconds: milliseconds(), changed: false };
    } finally {
      await rm(workFolder, { recursive: true, force: true });
    }
  }

  /** Makes it an image in one step, and leads its names to it. */
  private async keep({ name }: Named, pulled: Pulled, workFolder: string): Promise<StoredImage> {
    const { id, names, version, fresh } = pulled;
    const known = this.stored.get(id);
    const image: StoredImage = known ?? {
      ...{ id, names: [], versions: {}, kind: 'app', sizeBytes: 0, ...fresh },
      createdAt: this.options.clock.now(),
    };
    image.names = [...new Set([...image.names, ...names])];
    if (version !== undefined) image.versions[name] = version;
    if (known) {
      await writeImage(folderOf(this.folder, id), image);
    } else {
      await writeImage(workFolder, image);
      await syncFiles(workFolder);
      await rename(workFolder, folderOf(this.folder, id));
      this.stored.set(id, image);
    }
    await this.leadAway(name, id);
    this.options.changed?.();
    return image;
  }

  /** A name leads to one image. */
  private async leadAway(name: string, id: string): Promise<void> {
    for (const other of this.stored.values()) {
      if (other.id === id || !other.names.includes(name)) continue;
      other.names = other.names.filter((one) => one !== name);
      delete other.versions[name];
      await writeImage(folderOf(this.folder, other.id), other);
    }
  }

  private async removeOldDownloads(): Promise<void> {
    for (const name of await readdir(this.downloads.folder)) {
      const path = this.downloads.pathOf(name);
      if (this.options.clock.now() - (await stat(path)).mtimeMs > keepDownloadsMs)
        await rm(path, { force: true });
    }
  }
}

function prepared({ id, names, config }: StoredImage, { name }: Named): PreparedImage {
  const imageId = names.find((one) => one.startsWith(`${withoutTag(name)}@`)) ?? id;
  return { imageId, ...(config?.user && { user: config.user.split(':')[0] ?? '' }) };
}

const withoutTag = (name: string) => (name.includes('://') ? name : name.replace(/:[^/:]*$/, ''));

/** A power cut after the rename must not find empty files. */
function syncFiles(folder: string): Promise<void> {
  return new Promise((resolve) => {
    execFile('sync', ['-f', folder], () => resolve()); // A board without sync(1) writes it in its own time.
  });
}
