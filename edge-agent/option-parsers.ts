// How the values of an agent's options are read, where that is more than text and numbers. Each throws an Error that says what
// would be right.

import { type OptionParser, parsers } from '../shared/base/index.ts';
import { isRecord, parseDuration, parseSubnet, Quantity } from '../shared/machinery/index.ts';
import type { ShutdownPeriod } from './kubelet/index.ts';

/** An amount in the notation of Kubernetes, at least what one line of a log may need. */
export function bytes(raw: unknown): number {
  try {
    const amount = Quantity.parse(parsers.text(raw)).value();
    if (amount >= leastLogBytes) return amount;
  } catch (cause) {
    throw new Error('expected an amount, e.g. 10Mi', { cause });
  }
  throw new Error('expected at least 64Ki');
}

const leastLogBytes = 64 * 1024;

/** Milliseconds, of a duration as Go writes it. */
export function duration(raw: unknown): number {
  try {
    const ms = parseDuration(parsers.text(raw));
    if (ms >= 0) return ms;
  } catch (cause) {
    throw new Error('expected a duration, e.g. 2m or 24h', { cause });
  }
  throw new Error('expected a duration that is not negative');
}

export function pids(raw: unknown): number {
  const limit = parsers.integer(-1, 4_194_304)(raw);
  if (limit === 0) throw new Error('expected at least 1, or -1 for no limit');
  return limit;
}

export function cidr(raw: unknown): string {
  const text = parsers.text(raw);
  if (text !== '' && !parseSubnet(text))
    throw new Error('expected a range of IPv4 addresses, e.g. 10.244.0.0/16');
  return text;
}

const periodKeys = ['priority', 'shutdownGracePeriodSeconds'];

/** Of a list of `{priority, shutdownGracePeriodSeconds}`; the lowest priority comes first. */
export function periodsByPriority(raw: unknown): ShutdownPeriod[] {
  const items: unknown[] = Array.isArray(raw) ? raw : [raw];
  const periods = items.map((item): ShutdownPeriod => {
    if (!isRecord(item) || Object.keys(item).sort().join() !== periodKeys.join())
      throw new Error(`expected a list of {${periodKeys.join(', ')}}`);
    const { priority, shutdownGracePeriodSeconds } = item;
    return {
      priority: parsers.integer(-(2 ** 31), 2 ** 31 - 1)(priority),
      seconds: parsers.integer(0, 3600)(shutdownGracePeriodSeconds),
    };
  });
  periods.sort((a, b) => a.priority - b.priority);
  const twice = periods.find(({ priority }, index) => periods[index + 1]?.priority === priority);
  if (twice) throw new Error(`expected priority ${twice.priority} once`);
  return periods;
}

/** Text that `parse` takes; it throws an Error that says which part is wrong. */
export function checked(parse: (text: string) => unknown): OptionParser<string> {
  return (raw) => {
    const text = parsers.text(raw);
    parse(text);
    return text;
  };
}

const resourceNames = ['cpu', 'memory', 'ephemeral-storage'] as const;
export type ReservedResource = (typeof resourceNames)[number];

/** `cpu=100m,memory=200Mi`. */
export function parseReserved(text: string): Map<ReservedResource, Quantity> {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  return new Map(
    parts.map((part) => {
      const [word, amount = ''] = part.trim().split('=', 2);
      const name = resourceNames.find((known) => known === word);
      const quantity = name && amountOf(amount);
      if (name && quantity) return [name, quantity];
      const names = resourceNames.join(', ');
      throw new Error(`${JSON.stringify(part)}: must be RESOURCE=QUANTITY, with one of ${names}`);
    }),
  );
}

function amountOf(text: string): Quantity | undefined {
  try {
    const amount = Quantity.parse(text);
    return amount.milliValue() >= 0 ? amount : undefined;
  } catch {
    return undefined; // the caller says what is right
  }
}
