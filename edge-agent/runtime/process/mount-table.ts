// Which paths are mount points for any process of the board: another agent's containers count too.

import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return ''; // The process ended meanwhile, or is another user's.
  }
}

/** mountinfo writes blanks and backslashes in octal. */
const plain = (path: string) =>
  path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Which folder a process takes for `/`. */
const rootOf = (process: string) =>
  attempt(() => {
    const { dev, ino } = statSync(`/proc/${process}/root/`);
    return `${dev}:${ino}`;
  });

/**
 * Mount points of every mount namespace that a process lives in. In a root of its own, as containers of podman have it, the
 * same path is another place.
 */
export function mountPointsInUse(): Set<string> {
  const board = rootOf('self');
  const seen = new Set<string>();
  const points = new Set<string>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const namespace = attempt(() => readlinkSync(`/proc/${pid}/ns/mnt`));
    if (namespace === '' || seen.has(namespace) || rootOf(pid) !== board) continue;
    seen.add(namespace);
    const lines = attempt(() => readFileSync(`/proc/${pid}/mountinfo`, 'utf8')).split('\n');
    for (const line of lines) points.add(plain(line.split(' ')[4] ?? ''));
  }
  return points;
}
