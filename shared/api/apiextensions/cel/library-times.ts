// The parts of a time in a time zone: a name (`Europe/Berlin`) or an offset (`+02:00`), which the library's own do not take.

import type { Environment } from '@marcbachmann/cel-js';

/** Of a moment that has been moved so that its UTC is the zone's own time. */
const parts: Readonly<Record<string, (time: Date) => number>> = {
  getFullYear: (time) => time.getUTCFullYear(),
  getMonth: (time) => time.getUTCMonth(),
  getDate: (time) => time.getUTCDate(),
  getDayOfMonth: (time) => time.getUTCDate() - 1,
  getDayOfWeek: (time) => time.getUTCDay(),
  getDayOfYear: (time) => Math.floor((time.getTime() - Date.UTC(time.getUTCFullYear(), 0, 1)) / 86_400_000),
  getHours: (time) => time.getUTCHours(),
  getMinutes: (time) => time.getUTCMinutes(),
  getSeconds: (time) => time.getUTCSeconds(),
  getMilliseconds: (time) => time.getUTCMilliseconds(),
};

export const zonedParts: readonly string[] = Object.keys(parts);

export function addTimes(environment: Environment): void {
  for (const [name, part] of Object.entries(parts))
    environment.registerFunction(
      `google.protobuf.Timestamp.${name}In(string): int`,
      (time: Date, zone: string) => BigInt(part(inZone(time, zone))),
    );
}

function inZone(time: Date, zone: string): Date {
  const [, sign, hours, minutes] = /^([+-]?)(\d{2}):(\d{2})$/.exec(zone) ?? [];
  if (hours !== undefined && minutes !== undefined) {
    const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
    return new Date(time.getTime() + (sign === '-' ? -offset : offset));
  }
  let format: Intl.DateTimeFormat;
  try {
    const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric' } as const;
    format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: zone, hourCycle: 'h23', minute: 'numeric', second: 'numeric' },
      ...numeric,
    });
  } catch {
    throw new Error(`unknown time zone ${zone}`);
  }
  const found = new Map(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const of = (type: Intl.DateTimeFormatPartTypes) => found.get(type) ?? 0;
  const moved = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return new Date(moved + time.getUTCMilliseconds());
}
