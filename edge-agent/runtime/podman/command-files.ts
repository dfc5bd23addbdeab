// What the OCI runtime is told of a command in a container, in a file each: the container's own process (user, groups,
// environment, folder, rights, limits) with other words. By itself crun would run it as root, in `/`.

import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '../../../shared/machinery/index.ts';

export class CommandFiles {
  /** The OCI runtime's config.json of the container, as podman wrote it. */
  configPath = '';
  private readonly folder: string;
  /** Of commands that come again (probes): the board's flash is not written to each time. */
  private readonly kept = new Map<string, Promise<string>>();

  /** `folder`: goes with the container. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** One of the container's probes and hooks: it stays as long as the container. Answers its path. */
  keep(command: readonly string[]): Promise<string> {
    const name = createHash('sha256').update(JSON.stringify(command)).digest('hex').slice(0, 16);
    const written = this.kept.get(name) ?? this.write(`command-${name}`, command);
    this.kept.set(name, written);
    written.catch(() => this.kept.delete(name)); // who asked hears of it
    return written;
  }

  /** Answers its path. `name`: nobody else's. */
  async write(name: string, command: readonly string[]): Promise<string> {
    const config: unknown = JSON.parse(await readFile(this.configPath, 'utf8'));
    const own = isRecord(config) && isRecord(config.process) ? config.process : {};
    const { consoleSize: _, ...process } = own;
    const path = join(this.folder, name);
    await writeFile(path, JSON.stringify({ ...process, terminal: false, args: command }), { mode: 0o600 });
    return path;
  }
}
