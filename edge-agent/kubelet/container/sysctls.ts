// Which of the kernel's settings a pod may have for itself (k8s.io/kubernetes pkg/kubelet/sysctl, v1.32). Pure.

import type { PodSpec } from '../../../shared/api/index.ts';
import { dottedSysctl, sysctlNamespace } from '../../runtime/index.ts';

/** What does no harm to the pod's neighbours. */
const safe = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
];

const patternFormat = /^(?:[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?[./])*(?:[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?\*?|\*)$/;

/** Names, and beginnings of names with a `*` behind them. Throws an Error for what would be the whole board's. */
export function parseSysctlPatterns(patterns: readonly string[]): string[] {
  return patterns.map((pattern) => {
    const dotted = dottedSysctl(pattern);
    if (!patternFormat.test(pattern))
      throw new Error(`${pattern}: expected names like kernel.msgmax, or their beginnings like net.core.*`);
    if (sysctlNamespace(dotted.replace(/\*$/, '')) === undefined)
      throw new Error(
        `${pattern}: the board has only one: expected kernel.shm*, kernel.msg*, kernel.sem, fs.mqueue.* or net.*`,
      );
    return dotted;
  });
}

/** In the kubelet's words; undefined: it may have all that it asks for. `allowed`: patterns beside what is safe. */
export function forbiddenSysctl(spec: PodSpec | undefined, allowed: readonly string[]): string | undefined {
  for (const { name } of spec?.securityContext?.sysctls ?? []) {
    const dotted = dottedSysctl(name);
    const apart = sysctlNamespace(dotted);
    const shared = (apart === 'net' && spec?.hostNetwork) || (apart === 'ipc' && spec?.hostIPC);
    const listed = [...safe, ...allowed].some((pattern) => matches(dotted, pattern));
    if (listed && !shared) continue;
    const why = listed ? `not allowed with host ${apart} enabled` : 'not allowlisted';
    return `forbidden sysctl: "${dotted}" ${why}`;
  }
  return undefined;
}

function matches(name: string, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
