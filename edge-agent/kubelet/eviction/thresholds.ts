// When a board runs short of something: the kubelet's hard thresholds, as `--eviction-hard` spells them. Pure.

import { Quantity } from '../../../shared/machinery/index.ts';

export const signalNames = [
  'memory.available',
  'nodefs.available',
  'nodefs.inodesFree',
  'imagefs.available',
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

export interface Threshold {
  signal: SignalName;
  /** Bytes or a number; or a share of what there is, 0 to 1. */
  least: { amount: number } | { share: number };
}

export interface Met extends Threshold {
  amount: Amount;
  /** What `least` comes to. */
  leastAmount: number;
}

export const defaultEvictionHard =
  'memory.available<100Mi,nodefs.available<10%,nodefs.inodesFree<5%,imagefs.available<15%,pid.available<2%';

const form = /^([a-zA-Z.]+)<(.+)$/;

/** Throws an Error that says what is right. Empty: nothing is ever short. */
export function parseThresholds(text: string): Threshold[] {
  if (text.trim() === '') return [];
  return text.split(',').map((part) => {
    const [, name, limit = ''] = form.exec(part.trim()) ?? [];
    const signal = signalNames.find((known) => known === name);
    if (!signal) {
      throw new Error(`${JSON.stringify(part)}: must be SIGNAL<LIMIT, with one of ${signalNames.join(', ')}`);
    }
    return { signal, least: parseLimit(limit, part) };
  });
}

function parseLimit(limit: string, part: string): Threshold['least'] {
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

/** Those that are met now. */
export function metThresholds(thresholds: readonly Threshold[], signals: Signals): Met[] {
  return thresholds.flatMap((threshold) => {
    const amount = signals[threshold.signal];
    if (!amount) return [];
    const { least } = threshold;
    const leastAmount = 'share' in least ? least.share * amount.capacity : least.amount;
    return amount.available < leastAmount ? [{ ...threshold, amount, leastAmount }] : [];
  });
}
