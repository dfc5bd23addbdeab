// Objects whose name becomes a host name: their own, or that of their pods.

import { dns1123Label } from '../../machinery/index.ts';

/** Of what makes pods. */
export function podNameWarnings(name = ''): string[] {
  return nameWarnings(name, 'in Pod names and hostnames');
}

/** Of a pod. */
export function hostnameWarnings(name = ''): string[] {
  return nameWarnings(name, "in the Pod's hostname");
}

function nameWarnings(name: string, where: string): string[] {
  const messages = dns1123Label(name);
  if (!name || messages.length === 0) return [];
  return [
    `metadata.name: this is used ${where}, which can result in surprising behavior; a DNS label is recommended: [${messages.join(' ')}]`,
  ];
}
