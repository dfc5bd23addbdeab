// Ranges of IPv4 addresses, and a free part of one. Pure.

export interface Subnet {
  /** As a number; of the network itself. */
  base: number;
  /** Bits of the prefix. */
  bits: number;
}

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

/** How many addresses there are. */
export const sizeOf = ({ bits }: Subnet): number => 2 ** (32 - bits);

/**
 * A part of `range`, of so many `bits`, that no `taken` one overlaps, looked for from the `start`th part on (any number);
 * undefined: all are taken.
 */
export function chooseSubnet(
  range: Subnet,
  bits: number,
  taken: readonly Subnet[],
  start: number,
): Subnet | undefined {
  const count = 2 ** (bits - range.bits);
  const others = taken.filter((other) => overlap(range, other));
  for (let step = 0; step < count; step++) {
    const base = range.base + ((start + step) % count) * 2 ** (32 - bits);
    const subnet = { base, bits };
    if (!others.some((other) => overlap(subnet, other))) return subnet;
  }
  return undefined;
}

export function overlap(a: Subnet, b: Subnet): boolean {
  const bits = Math.min(a.bits, b.bits);
  return networkOf(a.base, bits) === networkOf(b.base, bits);
}

function networkOf(address: number, bits: number): number {
  return bits === 0 ? 0 : (address & (-1 << (32 - bits))) >>> 0;
}
