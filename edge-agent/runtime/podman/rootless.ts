// podman without root: its containers live in namespaces of the user's own, which are entered before they are reached.

import { readFileSync } from 'node:fs';
import { hasCapability } from '../capability.ts';

export const isRootless = () => process.getuid?.() !== 0;

/** Words before a command that lead to where podman runs that process; none: that is here. */
export function wordsToPodman(pid: number): string[] {
  if (!isRootless()) return [];
  return ['nsenter', `--target=${pid}`, '--user', '--mount', '--preserve-credentials', '--'];
}

/** What nsenter(1) is told to enter the network of a process in. */
export function networkEntry(pid: number): string[] {
  return [`--target=${pid}`, '--net', ...(isRootless() ? ['--user', '--preserve-credentials'] : [])];
}

/** Only who has that right makes a process less likely to be ended than its own starter. */
export function reachableOomScore(wanted: number): number {
  if (!isRootless() && hasCapability('SYS_RESOURCE')) return wanted;
  return Math.max(wanted, Number(readFileSync('/proc/self/oom_score_adj', 'utf8')));
}

/** The first port of the board that such a podman can lead to a pod. */
export function firstHostPort(): number {
  return isRootless() ? Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8')) : 1;
}
