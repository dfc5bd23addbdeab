// When a board runs short of something: the kubelet's thresholds, as its flags (`--eviction-hard` …) spell them. Pure.

import { parseDuration, Quantity } from '../../../shared/machinery/index.ts';

export const signalNames = [
  'memory.available',
  'nodefs.available',
  'nodefs.inodesFree',
  'imagefs.available',
  'imagefs.inodesFree',
  'pid.available',
] as const;
export type SignalName = (typeof signalNames)[number];

/** What is left of something, and how much there is in all: bytes, inodes, processes. */
export interface Amount {
  available: number;
  capacity: number;
}

/** One that cannot be measured on this board is absent. */
export type Signals = Partial<Record<SignalName, Amount>>;

export type Pressure = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure';

/** Bytes or a number; or a share of what there is, 0 to 1. */
type Limit = { amount: number } | { share: number };

export interface Threshold {
  signal: SignalName;
  least: Limit;
  /** For so long (milliseconds) it is met before a pod goes; absent: it is a hard one, and none waits. */
  graceMs?: number;
  /** How much more there must be again, once pods had to go. */
  reclaim?: Limit;
}

export interface Met extends Threshold {
  of: Threshold;
  amount: Amount;
  /** What `least` comes to. */
  leastAmount: number;
}

export const defaultEvictionHard =
  'memory.available<100Mi,nodefs.available<10%,nodefs.inodesFree<5%,imagefs.available<15%,imagefs.inodesFree<5%,pid.available<2%';

export interface EvictionTexts {
  hard: string;
  soft: string;
  /** `SIGNAL=DURATION`, one for each soft threshold. */
  softGracePeriod: string;
  /** `SIGNAL=LIMIT` */
  minimumReclaim: string;
}

/** Throws an Error that says what is right. Empty: nothing is ever short. */
export function parseThresholds(text: string): Threshold[] {
  return pairs(text, '<', 'LIMIT').map(({ signal, value, part }) => ({
    signal,
    least: parseLimit(value, part),
  }));
}

export function parseReclaims(text: string): Map<SignalName, Limit> {
  const found = pairs(text, '=', 'LIMIT');
  return new Map(found.map(({ signal, value, part }) => [signal, parseLimit(value, part)]));
}

/** In milliseconds. */
export function parseGracePeriods(text: string): Map<SignalName, number> {
  const found = pairs(text, '=', 'DURATION');
  return new Map(found.map(({ signal, value, part }) => [signal, parseGrace(value, part)]));
}

/** All of them; throws an Error where a soft one has no grace period, or the other way round. */
export function evictionThresholds({
  hard,
  soft,
  softGracePeriod,
  minimumReclaim,
}: EvictionTexts): Threshold[] {
  const reclaims = parseReclaims(minimumReclaim);
  const graces = parseGracePeriods(softGracePeriod);
  const softOnes = parseThresholds(soft).map((threshold) => {
    const graceMs = graces.get(threshold.signal);
    if (graceMs !== undefined) return { ...threshold, graceMs };
    throw new Error(`evictionSoftGracePeriod: must name ${threshold.signal}, of which evictionSoft speaks`);
  });
  for (const signal of graces.keys()) {
    if (softOnes.some((one) => one.signal === signal)) continue;
    throw new Error(`evictionSoftGracePeriod: ${signal}: evictionSoft has no threshold of it`);
  }
  return [...parseThresholds(hard), ...softOnes].map((threshold) => {
    const reclaim = reclaims.get(threshold.signal);
    return reclaim ? { ...threshold, reclaim } : threshold;
  });
}

function pairs(
  text: string,
  sign: string,
  what: string,
): { signal: SignalName; value: string; part: string }[] {
  if (text.trim() === '') return [];
  return text.split(',').map((part) => {
    const [name, value = ''] = part.trim().split(sign, 2);
    const signal = signalNames.find((known) => known === name);
    if (signal && value !== '') return { signal, value, part };
    const names = signalNames.join(', ');
    throw new Error(`${JSON.stringify(part)}: must be SIGNAL${sign}${what}, with one of ${names}`);
  });
}

function parseGrace(text: string, part: string): number {
  try {
    const ms = parseDuration(text);
    if (ms > 0) return ms;
  } catch {
    // The message below says what is right.
  }
  throw new Error(`${JSON.stringify(part)}: the grace period must be a duration such as 1m30s`);
}

function parseLimit(limit: string, part: string): Limit {
  const share = /^(\d+(?:\.\d+)?)%$/.exec(limit)?.[1];
  if (share !== undefined && Number(share) < 100) return { share: Number(share) / 100 };
  try {
    const amount = Quantity.parse(limit).value();
    if (amount >= 0) return { amount };
  } catch {
    // The message below says what is right.
  }
  throw new Error(
    `${JSON.stringify(part)}: the limit must be a quantity such as 100Mi, or a share such as 10%`,
  );
}

export function pressureOf(signal: SignalName): Pressure {
  if (signal === 'memory.available') return 'MemoryPressure';
  return signal === 'pid.available' ? 'PIDPressure' : 'DiskPressure';
}

/** Those that are met now; of those for which pods had to go (`reclaiming`) also what is not yet made good. */
export function metThresholds(
  thresholds: readonly Threshold[],
  signals: Signals,
  reclaiming: ReadonlySet<Threshold> = new Set(),
): Met[] {
  return thresholds.flatMap((threshold) => {
    const amount = signals[threshold.signal];
    if (!amount) return [];
    const leastAmount = amountOf(threshold.least, amount);
    const { reclaim } = threshold;
    const more = reclaim && reclaiming.has(threshold) ? amountOf(reclaim, amount) : 0;
    const isMet = amount.available < leastAmount + more;
    return isMet ? [{ ...threshold, of: threshold, amount, leastAmount }] : [];
  });
}

/** Below how much of a `capacity` it is met. */
export function quantityOf({ least }: Threshold, capacity: number): number {
  return amountOf(least, { capacity });
}

function amountOf(limit: Limit, { capacity }: Pick<Amount, 'capacity'>): number {
  return 'share' in limit ? limit.share * capacity : limit.amount;
}
