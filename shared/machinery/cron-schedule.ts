// Schedules as cron writes them (`*/5 * * * mon-fri`, `@hourly`, `@every 90m`), read as Kubernetes does, in the words
// of github.com/robfig/cron v3.

import { parseDuration } from './duration.ts';

/** Sets of numbers that a time has to be in. */
interface Fields {
  minute: ReadonlySet<number>;
  hour: ReadonlySet<number>;
  dayOfMonth: ReadonlySet<number>;
  month: ReadonlySet<number>;
  dayOfWeek: ReadonlySet<number>;
  /** Whether a day has to fit both fields: one of them says `*`. */
  bothDays: boolean;
}

export type CronSchedule = { type: 'fields'; fields: Fields } | { type: 'every'; seconds: number };

interface Bounds {
  minimum: number;
  maximum: number;
  names?: readonly string[];
}

const months = ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const bounds: readonly Bounds[] = [
  { minimum: 0, maximum: 59 },
  { minimum: 0, maximum: 23 },
  { minimum: 1, maximum: 31 },
  { minimum: 1, maximum: 12, names: months },
  { minimum: 0, maximum: 6, names: days },
];

const descriptors: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** What `parseCronSchedule` throws; the message is upstream's. */
export class CronError extends Error {
  override readonly name = 'CronError';
}

/** Throws CronError. A leading `TZ=Zone ` is read over: the zone is the caller's to judge. */
export function parseCronSchedule(text: string): CronSchedule {
  if (text === '') throw new CronError('empty spec string');
  const plain = text.replace(/^(?:CRON_)?TZ=\S+ /, '').trim();
  if (plain.startsWith('@')) return parseDescriptor(plain);
  return { type: 'fields', fields: parseFields(plain) };
}

function parseDescriptor(text: string): CronSchedule {
  const known = Object.hasOwn(descriptors, text) ? descriptors[text] : undefined;
  if (known !== undefined) return { type: 'fields', fields: parseFields(known) };
  if (!text.startsWith('@every ')) throw new CronError(`unrecognized descriptor: ${text}`);
  return { type: 'every', seconds: Math.max(1, Math.trunc(durationOf(text) / 1000)) };
}

function durationOf(text: string): number {
  try {
    return parseDuration(text.slice('@every '.length));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : '';
    throw new CronError(`failed to parse duration ${text}: ${why}`, { cause });
  }
}

function parseFields(text: string): Fields {
  const fields = text.split(/\s+/).filter(Boolean);
  if (fields.length !== bounds.length) {
    throw new CronError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  }
  const [minute, hour, dayOfMonth, month, dayOfWeek] = bounds.map((each, position) =>
    parseField(fields[position] ?? '', each),
  );
  if (!minute || !hour || !dayOfMonth || !month || !dayOfWeek) throw new CronError('empty spec string');
  return {
    minute: minute.values,
    hour: hour.values,
    dayOfMonth: dayOfMonth.values,
    month: month.values,
    dayOfWeek: dayOfWeek.values,
    bothDays: dayOfMonth.star || dayOfWeek.star,
  };
}

interface Field {
  values: Set<number>;
  /** It says `*` or `?`. */
  star: boolean;
}

function parseField(text: string, within: Bounds): Field {
  const field: Field = { values: new Set(), star: false };
  for (const part of text.split(',').filter(Boolean)) addRange(field, part, within);
  return field;
}

function addRange(field: Field, text: string, within: Bounds): void {
  const [range = '', stepText, ...moreSteps] = text.split('/');
  const { start, end, star, single } = parseRange(range, text, within);
  const step = stepText === undefined ? 1 : integer(stepText);
  if (moreSteps.length > 0) throw new CronError(`too many slashes: ${text}`);
  const last = stepText !== undefined && single ? within.maximum : end;
  if (start < within.minimum) {
    throw new CronError(`beginning of range (${start}) below minimum (${within.minimum}): ${text}`);
  }
  if (last > within.maximum) {
    throw new CronError(`end of range (${last}) above maximum (${within.maximum}): ${text}`);
  }
  if (start > last)
    throw new CronError(`beginning of range (${start}) beyond end of range (${last}): ${text}`);
  if (step === 0) throw new CronError(`step of range should be a positive number: ${text}`);
  for (let value = start; value <= last; value += step) field.values.add(value);
  if (star && step === 1) field.star = true;
}

function parseRange(range: string, text: string, within: Bounds) {
  const [low = '', high, ...more] = range.split('-');
  const { minimum, maximum, names } = within;
  const single = high === undefined;
  if (low === '*' || low === '?') return { start: minimum, end: maximum, star: true, single };
  const start = integerOrName(low, names);
  if (more.length > 0) throw new CronError(`too many hyphens: ${text}`);
  return { start, end: single ? start : integerOrName(high, names), star: false, single };
}

function integerOrName(text: string, names: readonly string[] = []): number {
  const named = text === '' ? -1 : names.indexOf(text.toLowerCase());
  return named >= 0 ? named : integer(text);
}

function integer(text: string): number {
  if (!/^[-+]?\d+$/.test(text)) {
    const why = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
    throw new CronError(`failed to parse int from ${text}: ${why}`);
  }
  const value = Number(text);
  if (value < 0) throw new CronError(`negative number (${value}) not allowed: ${text}`);
  return value;
}
