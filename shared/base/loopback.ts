// Addresses that mean this machine, whoever asks.

import { isIPv4 } from 'node:net';

/** Of a name or an address, IPv6 with or without its brackets. */
export function isLoopback(hostname: string): boolean {
  const plain = hostname.replace(/^\[|\]$/g, '');
  return plain === 'localhost' || plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'));
}
