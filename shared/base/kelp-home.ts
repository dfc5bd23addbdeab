// Where Kelp keeps its data unless told otherwise.

import { homedir } from 'node:os';
import { join } from 'node:path';

/** `$KELP_HOME`, else `~/.kelp`. */
export function kelpHome(env: Readonly<Record<string, string | undefined>>): string {
  return env.KELP_HOME || join(homedir(), '.kelp');
}
