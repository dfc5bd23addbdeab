// When a cron schedule is due, as github.com/robfig/cron v3 works it out: by the wall clock of a time zone. A time that the
// zone leaves out in spring is left out, one that it has twice in autumn is due twice.

import type { CronSchedule } from './cron-schedule.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** Further than this is never, e.g. the 31st of February. */
const horizon = 5 * 366 * day;

/** The zone that a schedule itself names (`TZ=Europe/Rome 0 3 * * *`), if any. */
export function zoneOfSchedule(text: string): string | undefined {
  return /^(?:CRON_)?TZ=(\S+) /.exec(text)?.[1];
}

/** Wall clocks are asked of this; making one is dear, so make one and keep it for a calculation. */
export class ZoneClock {
  private readonly format: Intl.DateTimeFormat;

  /** Absent: the zone of this process. Throws RangeError for a zone that there is not. */
  constructor(timeZone?: string) {
    this.format = new Intl.DateTimeFormat('en-US', {
      ...(timeZone && { timeZone }),
      hourCycle: 'h23',
      calendar: 'gregory',
      ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
  }

  /** What the wall clock shows at `time`, as if it were UTC: milliseconds since the epoch, whole seconds. */
  wallOf(time: number): number {
    const parts = new Map(this.format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
    const at = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    return Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'));
  }

  /** RFC 3339 with the zone's offset at that time. */
  format3339(time: number): string {
    const seconds = Math.floor(time / 1000) * 1000;
    const wall = this.wallOf(seconds);
    const offset = Math.round((wall - seconds) / minute);
    const text = new Date(wall).toISOString().slice(0, 19);
    if (offset === 0) return `${text}Z`;
    const two = (value: number) => `${Math.floor(value)}`.padStart(2, '0');
    return `${text}${offset < 0 ? '-' : '+'}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`;
  }
}

/** The first time after `after` (both in milliseconds since the epoch); undefined: never. */
export function nextTime(schedule: CronSchedule, after: number, zone: ZoneClock): number | undefined {
  const second = Math.floor(after / 1000) * 1000;
  if (schedule.type === 'every') return second + schedule.seconds * 1000;
  const { fields } = schedule;
  const fits = (wall: Date): boolean => {
    const ofMonth = fields.dayOfMonth.has(wall.getUTCDate());
    const ofWeek = fields.dayOfWeek.has(wall.getUTCDay());
    return fields.bothDays ? ofMonth && ofWeek : ofMonth || ofWeek;
  };
  let time = second - (second % minute) + minute;
  while (time - after <= horizon) {
    const wall = new Date(zone.wallOf(time));
    if (!fields.month.has(wall.getUTCMonth() + 1)) time = startOfNext('month', time, wall, zone);
    else if (!fits(wall)) time = startOfNext('day', time, wall, zone);
    else if (!fields.hour.has(wall.getUTCHours())) time += hour - wall.getUTCMinutes() * minute;
    else if (!fields.minute.has(wall.getUTCMinutes())) time += minute;
    else return time;
  }
  return undefined;
}

/** When the wall clock shows the beginning of the next month or day, or what comes first after it. */
function startOfNext(what: 'month' | 'day', time: number, wall: Date, zone: ZoneClock): number {
  const [year, month, date] = [wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate()];
  const wanted = what === 'month' ? Date.UTC(year, month + 1, 1) : Date.UTC(year, month, date + 1);
  const guess = time + (wanted - wall.getTime());
  // The zone's offset may change on the way.
  const corrected = guess + (wanted - zone.wallOf(guess));
  return corrected > time ? corrected : guess;
}
