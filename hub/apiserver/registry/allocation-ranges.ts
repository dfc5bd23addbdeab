// Ranges to allocate from: addresses of a CIDR, ports. Where the search starts follows from a name, so that two
// allocations seldom meet, and the same name gets the same value again.

import { isIPv6, SocketAddress } from 'node:net';

/** The addresses of a CIDR, without the first (the network) and, for IPv4, the last (broadcast). */
export class AddressRange {
  private readonly cidr: string;
  private readonly v6: boolean;
  private readonly first: bigint;
  private readonly size: bigint;

  /** Throws an Error for what is no CIDR. */
  constructor(cidr: string) {
    const [address = '', length = ''] = cidr.split('/');
    this.v6 = isIPv6(address);
    const bits = (this.v6 ? 128 : 32) - Number(length);
    const number = numberOf(address);
    if (number === undefined || !/^\d+$/.test(length) || bits < 2)
      throw new Error(`${cidr}: must be a range of addresses such as 10.96.0.0/16`);
    this.cidr = cidr;
    this.first = (number >> BigInt(bits)) << BigInt(bits);
    // As upstream: of a large IPv6 range the first 65,536 are used.
    this.size = bits > 16 && this.v6 ? 65536n : 1n << BigInt(bits);
  }

  /** Why a requested address cannot be had; undefined when it can. */
  refusal(address: string, taken: ReadonlySet<string>): string | undefined {
    const offset = (numberOf(address) ?? -1n) - this.first;
    const last = this.v6 ? this.size - 1n : this.size - 2n;
    if (isIPv6(address) !== this.v6 || offset < 1n || offset > last)
      return `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${this.cidr}`;
    return taken.has(address) ? 'provided IP is already allocated' : undefined;
  }

  /**
   * A free address; undefined when none is left. The lower band (as upstream, up to 256 addresses) is for addresses
   * that people choose, and used only when the rest is taken.
   */
  next(taken: ReadonlySet<string>, seed: string): string | undefined {
    const usable = Number(this.v6 ? this.size - 1n : this.size - 2n);
    const band = usable < 16 ? 0 : Math.min(Math.max(16, Math.trunc(usable / 16)), 256);
    const free = (from: number, count: number) =>
      search(count, seed, (index) => {
        const address = textOf(this.first + BigInt(1 + from + index), this.v6);
        return taken.has(address) ? undefined : address;
      });
    return free(band, usable - band) ?? free(0, band);
  }
}

export class PortRange {
  private readonly first: number;
  private readonly last: number;

  constructor(first: number, last: number) {
    this.first = first;
    this.last = last;
  }

  /** Why a requested port cannot be had; undefined when it can. */
  refusal(port: number, taken: ReadonlySet<number>): string | undefined {
    if (port < this.first || port > this.last)
      return `provided port is not in the valid range. The range of valid ports is ${this.first}-${this.last}`;
    return taken.has(port) ? 'provided port is already allocated' : undefined;
  }

  /** A free port; undefined when none is left. The lower band is used last, as for addresses. */
  next(taken: ReadonlySet<number>, seed: string): number | undefined {
    const size = this.last - this.first + 1;
    const band = size < 32 ? 0 : Math.min(Math.max(16, Math.trunc(size / 32)), 128);
    const free = (from: number, count: number) =>
      search(count, seed, (index) => {
        const port = this.first + from + index;
        return taken.has(port) ? undefined : port;
      });
    return free(band, size - band) ?? free(0, band);
  }
}

/** Tries every index once, from one that follows from the seed. */
function search<T>(count: number, seed: string, at: (index: number) => T | undefined): T | undefined {
  const start = count > 0 ? hashOf(seed) % count : 0;
  for (let step = 0; step < count; step++) {
    const found = at((start + step) % count);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

function numberOf(address: string): bigint | undefined {
  if (!isIPv6(address)) {
    const parts = address.split('.');
    if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256))
      return undefined;
    return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  }
  return ipv6Groups(address).reduce((sum, group) => sum * 65536n + BigInt(group), 0n);
}

function ipv6Groups(address: string): number[] {
  const [head = '', tail] = new SocketAddress({ address, family: 'ipv6' }).address.split('::');
  const groups = (text: string) => (text ? text.split(':').map((group) => Number.parseInt(group, 16)) : []);
  const [before, after] = [groups(head), groups(tail ?? '')];
  return tail === undefined
    ? before
    : [...before, ...Array(8 - before.length - after.length).fill(0), ...after];
}

function textOf(number: bigint, v6: boolean): string {
  if (!v6) return [24n, 16n, 8n, 0n].map((shift) => (number >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((number >> BigInt(112 - 16 * index)) & 65535n).toString(16),
  );
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address;
}
