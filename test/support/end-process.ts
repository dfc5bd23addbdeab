// Ends what a test started, also one that failed halfway: it is gone when that is answered, and writes no more.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** kill -9; undefined, or one that has ended, is fine. */
export async function endProcess(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** To a process that may have ended in between. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
