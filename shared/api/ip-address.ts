// IP addresses and ranges in specs: their families, and what is wrong with them.

import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { type FieldError, type FieldPath, faults, ipAddress } from '../machinery/index.ts';

export type IpFamily = 'IPv4' | 'IPv6';

export function familyOf(address: string): IpFamily {
  return isIPv6(address) ? 'IPv6' : 'IPv4';
}

export function validateIp(address: string, path: FieldPath): FieldError[] {
  return ipAddress(address).map((text) => faults.invalid(path, address, text));
}

/** An IPv6 address as RFC 5952 writes it; undefined for what is none, or has an IPv4 address within. */
export function canonicalIpv6(address: string): string | undefined {
  if (!isIPv6(address) || /[.%]/.test(address)) return undefined;
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

/** A range such as `10.9.8.0/24`. */
export function isCidr(text: string): boolean {
  const [, address = '', length = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  return (
    (isIPv4(address) && Number(length) <= 32) || (isIPv6(address) && Number(length) <= 128 && length !== '')
  );
}

export function validateCidr(text: string, path: FieldPath): FieldError[] {
  return isCidr(text)
    ? []
    : [faults.invalid(path, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
}

/** Whether a range holds a whole other, smaller one. Both must be ranges. */
export function containsCidr(outer: string, inner: string): boolean {
  const [outerAddress = '', outerLength = ''] = outer.split('/');
  const [innerAddress = '', innerLength = ''] = inner.split('/');
  const family = isIPv6(outerAddress) ? 'ipv6' : 'ipv4';
  if (familyOf(outerAddress) !== familyOf(innerAddress) || Number(outerLength) >= Number(innerLength))
    return false;
  return listOf([family, outerAddress, Number(outerLength)]).check(innerAddress, family);
}

type Range = [family: 'ipv4' | 'ipv6', address: string, prefix: number];

function listOf(...ranges: Range[]): BlockList {
  const list = new BlockList();
  for (const [family, address, prefix] of ranges) list.addSubnet(address, prefix, family);
  return list;
}

const unspecified = listOf(['ipv4', '0.0.0.0', 32], ['ipv6', '::', 128]);
const special: [ranges: BlockList, name: string][] = [
  [listOf(['ipv4', '127.0.0.0', 8], ['ipv6', '::1', 128]), 'loopback range (127.0.0.0/8, ::1/128)'],
  [
    listOf(['ipv4', '169.254.0.0', 16], ['ipv6', 'fe80::', 10]),
    'link-local range (169.254.0.0/16, fe80::/10)',
  ],
  [
    listOf(['ipv4', '224.0.0.0', 24], ['ipv6', 'ff02::', 16]),
    'link-local multicast range (224.0.0.0/24, ff02::/10)',
  ],
];

/** Endpoints and external addresses are not a node's own: loopback and link-local ones would reach whatever listens there. */
export function validateNonSpecialIp(address: string, path: FieldPath): FieldError[] {
  if (ipAddress(address).length > 0) return [faults.invalid(path, address, 'must be a valid IP address')];
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const found = special
    .filter(([ranges]) => ranges.check(address, family))
    .map(([, name]) => faults.invalid(path, address, `may not be in the ${name}`));
  return unspecified.check(address, family)
    ? [faults.invalid(path, address, `may not be unspecified (${address})`), ...found]
    : found;
}
