// The folders of this node's own volumes, as far as they are to go: removed when the hub says that nobody has the volume any
// more, however long ago it said so. Nothing outside of the node's folder for volumes is ever touched.

import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { nodeToClean, type PersistentVolume } from '../../../shared/api/index.ts';
import type { Logger } from '../../../shared/base/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import type { DesiredState, Reporter } from '../../link/index.ts';
import type { Mounts } from './mounts.ts';

export interface LocalVolumesOptions {
  nodeName: string;
  /** An absolute path. */
  folder: string;
  desired: Pick<DesiredState, 'volumes' | 'volume' | 'onChange'>;
  reporter: Pick<Reporter, 'volumeRemoved'>;
  mounts: Mounts;
  log: Logger;
}

const namePattern = /^pvc-[0-9a-f-]{36}$/;
/** Of a folder that is being removed. */
const doomed = '.removed-';

export class LocalVolumes {
  private readonly options: LocalVolumesOptions;
  private work: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(options: LocalVolumesOptions) {
    this.options = options;
  }

  /** Goes on where an agent before was ended, then follows what the hub says. */
  start(): void {
    const { desired } = this.options;
    this.enqueue(() => this.removeDoomed());
    for (const volume of desired.volumes()) this.enqueue(() => this.clean(volume));
    desired.onChange(({ resource, name, gone }) => {
      const volume = resource === 'persistentvolumes' && !gone ? desired.volume(name) : undefined;
      if (volume) this.enqueue(() => this.clean(volume));
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.work;
  }

  /** One after the other: flash is slow, and nobody waits for it. */
  private enqueue(task: () => Promise<void>): void {
    this.work = this.work
      .then(() => (this.stopped ? undefined : task()))
      .catch((error) => this.options.log.error({ err: error }, 'removing the folder of a volume'));
  }

  private async clean(volume: Live<PersistentVolume>): Promise<void> {
    const { nodeName, reporter, log } = this.options;
    if (nodeToClean(volume) !== nodeName) return;
    const path = volume.spec?.local?.path ?? '';
    const fault = this.refusal(volume, path) ?? (await this.busyWith(path));
    if (fault) {
      log.warn({ volume: volume.metadata.name, path }, `the folder of a volume is not removed: ${fault}`);
      return;
    }
    await this.removeFolder(path);
    reporter.volumeRemoved(volume);
  }

  private refusal({ metadata }: Live<PersistentVolume>, path: string): string | undefined {
    const { folder } = this.options;
    if (dirname(path) !== folder) return `it is not in ${folder} (volumesDir)`;
    const isOurs = basename(path) === metadata.name && namePattern.test(metadata.name);
    return isOurs ? undefined : 'it has not the name of a volume of this node';
  }

  /** A person may have mounted a disk there. */
  private async busyWith(path: string): Promise<string | undefined> {
    const [mounted] = await this.options.mounts.below(path);
    return mounted && `something is mounted at ${mounted}`;
  }

  /** Its name goes first, so that a power cut leaves no half of a volume behind. */
  private async removeFolder(path: string): Promise<void> {
    const { folder } = this.options;
    if (!(await lstat(path).catch(() => undefined))) return;
    const away = join(folder, `${doomed}${basename(path)}`);
    await rename(path, away);
    await rm(away, { recursive: true, force: true });
  }

  private async removeDoomed(): Promise<void> {
    const { folder } = this.options;
    const names = await readdir(folder).catch(() => []);
    for (const name of names) {
      if (name.startsWith(doomed)) await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}
