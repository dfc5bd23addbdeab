// Which address a pod gets, and what the board has routes to. Pure; IPv4.

import {
  formatAddress,
  formatSubnet,
  parseSubnet,
  type Subnet,
  sizeOf,
} from '../../../shared/machinery/index.ts';

/** The board's own address on its bridge: the first. */
export const gatewayOf = ({ base }: Subnet): string => formatAddress(base + 1);

/** The first half of a range (0), or the second (1); of what is none, or a single address, itself. */
export function halfOf(cidr: string, which: 0 | 1): string {
  const subnet = parseSubnet(cidr);
  if (!subnet || subnet.bits > 30) return cidr;
  return formatSubnet({ base: subnet.base + which * (sizeOf(subnet) / 2), bits: subnet.bits + 1 });
}

/** A free one, after the one that was given out last: an address that was given back rests a while. */
export function chooseAddress(
  { base, bits }: Subnet,
  used: readonly string[],
  last: string | undefined,
): string | undefined {
  const first = 2;
  const count = sizeOf({ base, bits }) - first - 1;
  const after = last === undefined ? -1 : addressOf(last) - base - first;
  for (let step = 1; step <= count; step++) {
    const address = formatAddress(base + first + ((after + step) % count));
    if (!used.includes(address)) return address;
  }
  return undefined;
}

/** A network that the board has a route to. */
export interface Route extends Subnet {
  device: string;
}

/** From /proc/net/route, but those of one device; the default route is none. */
export function routesOf(text: string, besides: string): Route[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [device, destination = '', , , , , , mask = ''] = line.split('\t');
      if (device === undefined || device === besides || mask === '' || /^0+$/.test(mask)) return [];
      const bits = swapped(mask).toString(2).replaceAll('0', '').length;
      return [{ device, base: swapped(destination), bits }];
    });
}

/** The kernel prints it in the order of the machine's bytes, which is little-endian wherever Node.js runs but on s390x. */
function swapped(hex: string): number {
  const bytes = hex.match(/../g) ?? [];
  return Number.parseInt(bytes.reverse().join(''), 16);
}

function addressOf(text: string): number {
  return parseSubnet(`${text}/32`)?.base ?? 0;
}
