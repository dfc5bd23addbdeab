// Spans of time: as people read them in tables (k8s.io/apimachinery/pkg/util/duration), and as Go writes them.

import { goQuoted } from './go-text.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** `5s`, `2m3s`, `3h5m`, `2d`, `5y12d`: at most two units, ever coarser. `<invalid>` for more than a second in the future. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / second);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return twoUnits(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return twoUnits(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return twoUnits(days, 'd', hours % 24, 'h');
  if (days < 2 * 365) return `${days}d`;
  const years = Math.trunc(days / 365);
  if (years < 8) return twoUnits(years, 'y', days % 365, 'd');
  return `${years}y`;
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

/** One unit only: `59s`, `2m`, `23h`, `364d`, `3y`. */
export function shortHumanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / second);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 24) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  return days < 365 ? `${days}d` : `${Math.trunc(days / 365)}y`;
}

const units: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', second],
  ['m', minute],
  ['h', hour],
]);

/** As Go writes whole milliseconds of at least 0: `135ms`, `2.5s`, `1m15.2s`, `1h0m0s`. */
export function goDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0s';
  if (milliseconds < second) return `${milliseconds}ms`;
  const [hours, minutes] = [Math.floor(milliseconds / hour), Math.floor((milliseconds % hour) / minute)];
  const seconds = `${(milliseconds % minute) / second}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

/** Reads a Go duration (`24h`, `1m30s`, `1.5s`, `0`) as milliseconds. Throws an Error that says what is wrong. */
export function parseDuration(text: string): number {
  const [, sign = '', body = ''] = /^([-+]?)([\s\S]*)$/.exec(text) ?? [];
  if (body === '0') return 0;
  const parts = [...body.matchAll(/([0-9]+\.?[0-9]*|\.[0-9]+)([^0-9.]*)/gy)];
  const covered = parts.reduce((length, [part]) => length + part.length, 0);
  if (body === '' || covered !== body.length) throw new Error(`time: invalid duration ${goQuoted(text)}`);
  let total = 0;
  for (const [, amount = '', unit = ''] of parts) {
    if (unit === '') throw new Error(`time: missing unit in duration ${goQuoted(text)}`);
    const size = units.get(unit);
    if (size === undefined) {
      throw new Error(
        `time: unknown unit ${goQuoted(unit)} in duration ${goQuoted(text)} (units: h, m, s, ms, us, ns)`,
      );
    }
    total += Number(amount) * size;
  }
  return sign === '-' ? -total : total;
}
