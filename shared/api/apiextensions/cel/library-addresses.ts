// IP addresses and ranges: ip, isIP, cidr, isCIDR, and their parts.

import { BlockList, isIP, isIPv4, SocketAddress } from 'node:net';
import type { Environment } from '@marcbachmann/cel-js';
import { isCidr } from '../schema/formats.ts';

type Family = 'ipv4' | 'ipv6';

class CelIp {
  readonly text: string;

  constructor(text: string) {
    this.text = canonical(text);
  }

  get family(): Family {
    return isIPv4(this.text) ? 'ipv4' : 'ipv6';
  }
}

class CelCidr {
  readonly address: CelIp;
  readonly length: number;

  constructor(text: string) {
    const [address = '', length = ''] = text.split('/');
    this.address = new CelIp(address);
    this.length = Number(length);
  }

  /** With nothing behind the prefix. */
  masked(): CelCidr {
    const bits = this.address.family === 'ipv4' ? 32 : 128;
    const host = BigInt(bits - this.length);
    const masked = (numberOf(this.address.text) >> host) << host;
    return new CelCidr(`${textOf(masked, this.address.family)}/${this.length}`);
  }

  contains(ip: CelIp): boolean {
    if (ip.family !== this.address.family) return false;
    const list = new BlockList();
    list.addSubnet(this.address.text, this.length, this.address.family);
    return list.check(ip.text, ip.family);
  }
}

function canonical(address: string): string {
  return isIPv4(address) ? address : new SocketAddress({ address, family: 'ipv6' }).address;
}

class IpNamespace {}

function numberOf(address: string): bigint {
  if (isIPv4(address)) return address.split('.').reduce((sum, part) => (sum << 8n) + BigInt(part), 0n);
  const [left = '', right] = address.split('::');
  const groups = (text: string) => (text ? text.split(':') : []);
  const [head, tail] = [groups(left), groups(right ?? '')];
  const zeros = Array<string>(8 - head.length - tail.length).fill('0');
  return [...head, ...zeros, ...tail].reduce((sum, part) => (sum << 16n) + BigInt(`0x${part}`), 0n);
}

function textOf(number: bigint, family: Family): string {
  const [count, width] = family === 'ipv4' ? [4, 8n] : [8, 16n];
  const parts = Array.from({ length: count }, (_, index) => {
    const part = BigInt.asUintN(Number(width), number >> (width * BigInt(count - 1 - index)));
    return family === 'ipv4' ? String(part) : part.toString(16);
  });
  return parts.join(family === 'ipv4' ? '.' : ':');
}

/** As Go's net/netip takes it: no zones, no IPv4 in IPv6. */
function isAddress(text: string): boolean {
  return isIP(text) > 0 && !text.includes('%') && !/^::ffff:\d+\./i.test(text);
}

function isWithin(ip: CelIp, ranges: Record<Family, string>): boolean {
  return new CelCidr(ranges[ip.family]).contains(ip);
}

const loopback = { ipv4: '127.0.0.0/8', ipv6: '::1/128' };
const linkLocal = { ipv4: '169.254.0.0/16', ipv6: 'fe80::/10' };
const linkLocalMulticast = { ipv4: '224.0.0.0/24', ipv6: 'ff02::/16' };
const multicast = { ipv4: '224.0.0.0/4', ipv6: 'ff00::/8' };
const unspecified = { ipv4: '0.0.0.0/32', ipv6: '::/128' };
const broadcast = '255.255.255.255';

function isGlobalUnicast(ip: CelIp): boolean {
  const others = [loopback, linkLocal, multicast, unspecified];
  return ip.text !== broadcast && !others.some((ranges) => isWithin(ip, ranges));
}

export function addAddresses(environment: Environment): void {
  environment
    .registerType('net.IP', { ctor: CelIp })
    .registerType('net.CIDR', { ctor: CelCidr })
    .registerFunction('isIP(string): bool', isAddress)
    .registerFunction('isCIDR(string): bool', isCidr)
    .registerFunction('ip(string): net.IP', (text: string) => {
      if (!isAddress(text)) throw new Error(`IP Address "${text}" parse error during conversion from string`);
      return new CelIp(text);
    })
    .registerFunction('cidr(string): net.CIDR', (text: string) => {
      if (!isCidr(text))
        throw new Error(`network address parse error during conversion from string: ParseAddr("${text}")`);
      return new CelCidr(text);
    })
    .registerFunction('string(net.IP): string', (ip: CelIp) => ip.text)
    .registerFunction(
      'string(net.CIDR): string',
      ({ address, length }: CelCidr) => `${address.text}/${length}`,
    )
    .registerFunction('net.IP.family(): int', (ip: CelIp) => (ip.family === 'ipv4' ? 4n : 6n))
    .registerFunction('net.IP.isUnspecified(): bool', (ip: CelIp) => isWithin(ip, unspecified))
    .registerFunction('net.IP.isLoopback(): bool', (ip: CelIp) => isWithin(ip, loopback))
    .registerFunction('net.IP.isLinkLocalMulticast(): bool', (ip: CelIp) => isWithin(ip, linkLocalMulticast))
    .registerFunction('net.IP.isLinkLocalUnicast(): bool', (ip: CelIp) => isWithin(ip, linkLocal))
    .registerFunction('net.IP.isGlobalUnicast(): bool', isGlobalUnicast)
    .registerFunction('net.CIDR.ip(): net.IP', ({ address }: CelCidr) => address)
    .registerFunction('net.CIDR.prefixLength(): int', ({ length }: CelCidr) => BigInt(length))
    .registerFunction('net.CIDR.containsIP(net.IP): bool', (range: CelCidr, ip: CelIp) => range.contains(ip))
    .registerFunction('net.CIDR.containsIP(string): bool', (range: CelCidr, text: string) =>
      range.contains(new CelIp(text)),
    )
    .registerFunction('net.CIDR.masked(): net.CIDR', (range: CelCidr) => range.masked())
    .registerOperator('net.IP == net.IP', (one: CelIp, other: CelIp) => one.text === other.text)
    .registerOperator(
      'net.CIDR == net.CIDR',
      (one: CelCidr, other: CelCidr) =>
        one.address.text === other.address.text && one.length === other.length,
    )
    .registerType('kubernetes.IPNamespace', { ctor: IpNamespace })
    .registerConstant('ip', 'kubernetes.IPNamespace', new IpNamespace())
    .registerFunction('kubernetes.IPNamespace.isCanonical(string): bool', (_: IpNamespace, text: string) => {
      if (!isAddress(text)) throw new Error(`IP Address "${text}" parse error during conversion from string`);
      return canonical(text) === text;
    })
    .registerFunction('net.CIDR.containsCIDR(net.CIDR): bool', containsCidr)
    .registerFunction('net.CIDR.containsCIDR(string): bool', (range: CelCidr, text: string) =>
      containsCidr(range, new CelCidr(text)),
    );
}

function containsCidr(outer: CelCidr, inner: CelCidr): boolean {
  return inner.length >= outer.length && outer.contains(inner.address);
}
