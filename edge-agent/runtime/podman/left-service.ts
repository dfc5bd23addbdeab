// The `podman system service` that an agent left when it was killed: found by its socket, ended before another one
// works on the same containers. What it was still asked to do is done first.

import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '../../../shared/base/index.ts';

const patienceMs = 30_000;
const lookMs = 20;

export async function endLeftService(socket: string, clock: Clock): Promise<void> {
  const deadline = clock.monotonic() + patienceMs;
  signal(servicesAt(socket), 'SIGTERM');
  while (servicesAt(socket).length > 0) {
    if (clock.monotonic() > deadline) return signal(servicesAt(socket), 'SIGKILL');
    await clock.sleep(lookMs);
  }
}

/** Without root there are two: podman starts itself again in a user namespace. */
function servicesAt(socket: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 1 && wordsOf(pid).includes(`unix://${socket}`));
}

function wordsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // it has ended
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended in that moment.
    }
  }
}
