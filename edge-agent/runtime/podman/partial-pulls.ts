// Pulls over links that break. podman 4 begins every layer anew when its connection is cut (measured: of three layers of 3 MB
// that were cut at 7.5 MB, all 9 MB are fetched again); here each goes on where it broke, over tries and over restarts of the
// agent, into a folder that podman then takes the image from.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../../../shared/base/index.ts';
import { FinalFailure, fetchLayout, parseImage } from '../images/index.ts';
import type { ImageCredentials } from '../runtime.ts';
import type { PullRun } from '../shared-pulls.ts';
import type { PodmanService } from './podman-service.ts';

interface Options {
  service: PodmanService;
  directory: string;
  clock: Clock;
}

interface Pull extends PullRun {
  /** In full. */
  image: string;
  credentials: readonly ImageCredentials[];
}

/** What nobody asked for again makes room for the newest. */
const mostKept = 4;

export class PartialPulls {
  private readonly options: Options;

  constructor(options: Options) {
    this.options = options;
  }

  /** Something of it was fetched before. */
  has(image: string): boolean {
    return existsSync(this.folderOf(image));
  }

  /** Throws an Error saying why; what came is kept then. */
  async pull({ image, credentials, signal, ...pull }: Pull): Promise<void> {
    const { clock } = this.options;
    const source = parseImage(image);
    if (source.kind !== 'registry') throw new Error(`${image} is not in a registry`);
    const folder = this.folderOf(image);
    await this.makeRoom();
    await mkdir(folder, { recursive: true, mode: 0o700 });
    let bytes = 0;
    const progress = (done: number, total: number | undefined) => {
      bytes = done;
      pull.progress(done, total);
    };
    // podman looks for a digest at names of the same repository.
    const { registry, repository, digest } = source;
    const name =
      digest === undefined ? source.name : `${registry}/${repository}:${digest.slice('sha256:'.length)}`;
    let mayGoOn = false;
    try {
      await fetchLayout({ source, credentials, folder, clock, progress, signal }).catch((error) => {
        mayGoOn = bytes > 0 && !(error instanceof FinalFailure);
        throw error;
      });
      await this.take(folder, name);
    } finally {
      // Where this way leads nowhere, podman has the next word.
      if (!mayGoOn) await rm(folder, { recursive: true, force: true });
    }
  }

  /** Into podman. By itself it calls it as the folder. */
  private async take(folder: string, name: string): Promise<void> {
    const { service } = this.options;
    const path = basename(folder);
    const id = await service.run(['pull', '--quiet', `oci:${path}`], dirname(folder));
    await service.run(['tag', id, name]);
    await service.run(['untag', id, `localhost/${path}`]).catch(() => {}); // podman 5 gives it no name
  }

  private folderOf(image: string): string {
    return join(this.options.directory, createHash('sha256').update(image).digest('hex').slice(0, 16));
  }

  private async makeRoom(): Promise<void> {
    const { directory } = this.options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const kept = await Promise.all(
      (await readdir(directory)).map(async (name) => ({
        name,
        at: (await stat(join(directory, name))).mtimeMs,
      })),
    );
    const oldest = kept.sort((a, b) => b.at - a.at).slice(mostKept);
    for (const { name } of oldest) await rm(join(directory, name), { recursive: true, force: true });
  }
}
