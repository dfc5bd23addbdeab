// Whether this process may do what the kernel keeps to a capability (capabilities(7)): root of a container lacks some.

import { readFileSync } from 'node:fs';

const bits = { SYS_ADMIN: 21n, SYS_RESOURCE: 24n };

export function hasCapability(name: keyof typeof bits): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> bits[name]) & 1n) === 1n;
}
