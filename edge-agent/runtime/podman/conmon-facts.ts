// What the command line of a container's conmon tells: podman has no other word for it, in any version.

import { readFile } from 'node:fs/promises';

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
