// Objects whose name becomes part of their pods' names, and so of host names.

import { dns1123Label } from '../../machinery/index.ts';

export function podNameWarnings(name = ''): string[] {
  const messages = dns1123Label(name);
  if (!name || messages.length === 0) return [];
  return [
    `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${messages.join(' ')}]`,
  ];
}
