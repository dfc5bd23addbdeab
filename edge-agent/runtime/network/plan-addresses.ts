// Which part of the pods' range a board takes, and which address a pod. Pure; IPv4.

export interface Subnet {
  /** As a number; of the network itself. */
  base: number;
  /** Bits of the prefix. */
  bits: number;
}

const bitsOfBoard = 24;

/** Undefined: it is none. */
export function parseSubnet(text: string): Subnet | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text);
  const [a = 256, b = 256, c = 256, d = 256, bits = 33] = (match ?? []).slice(1).map(Number);
  if ([a, b, c, d].some((byte) => byte > 255) || bits > 32) return undefined;
  const address = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  return { base: networkOf(address, bits), bits };
}

export function formatSubnet({ base, bits }: Subnet): string {
  return `${formatAddress(base)}/${bits}`;
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

/** The board's own address on its bridge: the first. */
export const gatewayOf = ({ base }: Subnet): string => formatAddress(base + 1);

/** A part of `range` that no `taken` one overlaps, looked for from `start` on (any number); undefined: all are taken. */
export function chooseSubnet(range: Subnet, taken: readonly Subnet[], start: number): Subnet | undefined {
  const bits = Math.max(range.bits, bitsOfBoard);
  const count = 2 ** (bits - range.bits);
  for (let step = 0; step < count; step++) {
    const base = range.base + ((start + step) % count) * 2 ** (32 - bits);
    const subnet = { base, bits };
    if (!taken.some((other) => overlap(subnet, other))) return subnet;
  }
  return undefined;
}

/** A free one, after the one that was given out last: an address that was given back rests a while. */
export function chooseAddress(
  { base, bits }: Subnet,
  used: readonly string[],
  last: string | undefined,
): string | undefined {
  const size = 2 ** (32 - bits);
  const first = 2;
  const count = size - first - 1;
  const after = last === undefined ? -1 : addressOf(last) - base - first;
  for (let step = 1; step <= count; step++) {
    const address = formatAddress(base + first + ((after + step) % count));
    if (!used.includes(address)) return address;
  }
  return undefined;
}

/** Networks that the board has a route to, from /proc/net/route; the default route is none. */
export function routesOf(text: string, besides: string): Subnet[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [device, destination = '', , , , , , mask = ''] = line.split('\t');
      if (device === undefined || device === besides || mask === '' || /^0+$/.test(mask)) return [];
      const bits = swapped(mask).toString(2).replaceAll('0', '').length;
      return [{ base: swapped(destination), bits }];
    });
}

/** The kernel prints it in the order of the machine's bytes, which is little-endian wherever Node.js runs but on s390x. */
function swapped(hex: string): number {
  const bytes = hex.match(/../g) ?? [];
  return Number.parseInt(bytes.reverse().join(''), 16);
}

function overlap(a: Subnet, b: Subnet): boolean {
  const bits = Math.min(a.bits, b.bits);
  return networkOf(a.base, bits) === networkOf(b.base, bits);
}

function networkOf(address: number, bits: number): number {
  return bits === 0 ? 0 : (address & (-1 << (32 - bits))) >>> 0;
}

function addressOf(text: string): number {
  return parseSubnet(`${text}/32`)?.base ?? 0;
}
