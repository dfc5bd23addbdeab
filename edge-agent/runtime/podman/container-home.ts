// What the agent keeps of a container beside podman: its last words, and why it could not be started.
//
//   <directory>/<container name>/last-words     mounted at terminationMessagePath
//   <directory>/<container name>/start-error

import { chmod, mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere } from '../../../shared/base/index.ts';

/** The kubelet's limit. */
const mostBytes = 4096;

export class ContainerHome {
  readonly path: string;

  constructor(directory: string, name: string) {
    this.path = join(directory, name);
  }

  /** The homes of containers that are no more go. `known`: names. */
  static async sweep(directory: string, known: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(directory)) {
      if (!known.has(name)) await new ContainerHome(directory, name).remove();
    }
  }

  get lastWordsPath(): string {
    return join(this.path, 'last-words');
  }

  /** Whoever the container runs as may write its last words. */
  async make(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o711 });
    await writeFile(this.lastWordsPath, '');
    await chmod(this.lastWordsPath, 0o666);
  }

  /** Undefined: it left none. */
  async lastWords(): Promise<string | undefined> {
    const file = await open(this.lastWordsPath, 'r').catch(() => undefined);
    if (!file) return undefined;
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(mostBytes),
        0,
        mostBytes,
        Math.max(0, size - mostBytes),
      );
      return buffer.toString('utf8', 0, bytesRead) || undefined;
    } finally {
      await file.close();
    }
  }

  async noteStartError(message: string): Promise<void> {
    await writeFile(join(this.path, 'start-error'), message);
  }

  async startError(): Promise<string | undefined> {
    return readIfThere(join(this.path, 'start-error'));
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
