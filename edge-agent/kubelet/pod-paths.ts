// Where a pod's files lie on this board.
//
//   pods/<uid>/started            when the kubelet first saw it
//   pods/<uid>/volumes/…
//   logs/<namespace>_<pod>_<uid>/<container>/<attempt>.log[.<n>]

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectMeta } from '../../shared/machinery/index.ts';

interface Named {
  metadata: ObjectMeta;
}

export class PodPaths {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  get podsFolder(): string {
    return join(this.directory, 'pods');
  }

  podFolder(uid: string): string {
    return join(this.podsFolder, uid);
  }

  get logsFolder(): string {
    return join(this.directory, 'logs');
  }

  logFolder({ metadata }: Named): string {
    return join(this.logsFolder, `${metadata.namespace}_${metadata.name}_${metadata.uid}`);
  }

  /** Of all pods that have any: uid → folder. */
  async logFolders(): Promise<Map<string, string>> {
    const names = await readdir(this.logsFolder).catch(() => []);
    return new Map(names.map((name) => [name.split('_')[2] ?? '', join(this.logsFolder, name)]));
  }

  logFile(pod: Named, container: string, attempt: number): string {
    return join(this.logFolder(pod), container, `${attempt}.log`);
  }

  /** All files of one attempt's log. */
  async removeLogs(pod: Named, container: string, attempt: number): Promise<void> {
    const file = this.logFile(pod, container, attempt);
    const names = await readdir(dirname(file)).catch(() => []);
    const own = names.filter((name) => name === `${attempt}.log` || name.startsWith(`${attempt}.log.`));
    for (const name of own) await rm(join(dirname(file), name), { force: true });
  }

  /** Milliseconds since the epoch. Written once. */
  async noteStart(uid: string, startedAt: number): Promise<void> {
    await mkdir(this.podFolder(uid), { recursive: true, mode: 0o700 });
    await writeFile(join(this.podFolder(uid), 'started'), String(startedAt), { flag: 'wx' }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
  }

  async readStart(uid: string): Promise<number | undefined> {
    const text = await readFile(join(this.podFolder(uid), 'started'), 'utf8').catch(() => '');
    return text === '' ? undefined : Number(text);
  }
}
