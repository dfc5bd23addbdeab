// Hears containers end: conmon writes a file named after the container into podman's folder of exits. That costs nothing
// while nothing ends, and needs no service that stays connected for podman's events.

import { type FSWatcher, watch } from 'node:fs';
import type { Logger } from '../../../shared/base/index.ts';
import { conmonFacts } from './conmon-facts.ts';

interface Options {
  log: Logger;
  /** May come more than once, and for containers that are not ours. */
  ended(id: string): void;
}

export class ExitWatch {
  private readonly options: Options;
  private readonly watchers = new Map<string, FSWatcher>();

  constructor(options: Options) {
    this.options = options;
  }

  /** Watches where the conmon of a container that runs will write its end. Who calls looks at the container afterwards. */
  async follow(conmonPid: number): Promise<void> {
    const { exitFolder: folder } = await conmonFacts(conmonPid);
    if (folder === undefined || this.watchers.has(folder)) return;
    const watcher = watch(folder, { persistent: false }, (_change, name) => {
      if (name) this.options.ended(name.replace(/\..*$/, ''));
    });
    watcher.on('error', (error) =>
      this.options.log.error({ err: error, folder }, 'watching for ends of containers'),
    );
    this.watchers.set(folder, watcher);
  }

  stop(): void {
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
  }
}
