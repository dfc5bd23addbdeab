// What the command line of a container's conmon tells: podman has no other word for it, in any version.

import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { killTree } from './process-tree.ts';

export interface ConmonFacts {
  /** Where it writes how its container ended. */
  exitFolder: string | undefined;
  /** The program that runs its container. */
  ociRuntime: string | undefined;
}

/** All undefined: it has ended. */
export async function conmonFacts(pid: number): Promise<ConmonFacts> {
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  const after = (flag: string) => (words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined);
  return { exitFolder: after('--exit-dir'), ociRuntime: after('-r') };
}

/** Ends what watches a container and what it has made of it. For a container that podman does not know to be started. */
export function endMonitor(containerId: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      if (words.includes(`\0-c\0${containerId}\0`)) killTree(Number(pid));
    } catch {
      // It has ended meanwhile.
    }
  }
}
