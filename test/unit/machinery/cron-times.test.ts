// When a cron schedule is due, zone by zone.

import { expect } from 'chai';
import {
  formatTime,
  nextTime,
  parseCronSchedule,
  ZoneClock,
  zoneOfSchedule,
} from '../../../shared/machinery/index.ts';

/** The next `count` times after `from`. */
function times(schedule: string, zone: string, from: string, count = 1): (string | undefined)[] {
  const parsed = parseCronSchedule(schedule);
  const clock = new ZoneClock(zone);
  const found: (string | undefined)[] = [];
  let time: number | undefined = Date.parse(from);
  while (found.length < count && time !== undefined) {
    time = nextTime(parsed, time, clock);
    found.push(time === undefined ? undefined : formatTime(time));
  }
  return found;
}

const cases: {
  about: string;
  schedule: string;
  zone?: string;
  from: string;
  next: (string | undefined)[];
}[] = [
  {
    about: 'comes after a time that fits itself',
    schedule: '*/15 * * * *',
    from: '2026-01-01T00:15:00Z',
    next: ['2026-01-01T00:30:00Z', '2026-01-01T00:45:00Z', '2026-01-01T01:00:00Z'],
  },
  {
    about: 'is the same minute within the minute before',
    schedule: '*/15 * * * *',
    from: '2026-01-01T00:14:59.999Z',
    next: ['2026-01-01T00:15:00Z'],
  },
  {
    about: 'goes over months that have no such day',
    schedule: '0 0 31 * *',
    from: '2026-01-31T00:00:00Z',
    next: ['2026-03-31T00:00:00Z', '2026-05-31T00:00:00Z'],
  },
  {
    about: 'waits for a leap year',
    schedule: '30 12 29 2 *',
    from: '2026-01-01T00:00:00Z',
    next: ['2028-02-29T12:30:00Z'],
  },
  {
    about: 'is never where there is no such day',
    schedule: '0 0 31 2 *',
    from: '2026-01-01T00:00:00Z',
    next: [undefined],
  },
  {
    about: 'takes either of two kinds of days',
    schedule: '0 0 13 * fri',
    from: '2026-02-06T00:00:00Z',
    next: ['2026-02-13T00:00:00Z', '2026-02-20T00:00:00Z', '2026-02-27T00:00:00Z', '2026-03-06T00:00:00Z'],
  },
  {
    about: 'takes the one kind of days where the other is a star',
    schedule: '0 0 * * fri',
    from: '2026-02-06T00:00:00Z',
    next: ['2026-02-13T00:00:00Z', '2026-02-20T00:00:00Z'],
  },
  {
    about: 'counts @every from where it is, in whole seconds',
    schedule: '@every 90m',
    from: '2026-01-01T00:00:00.700Z',
    next: ['2026-01-01T01:30:00Z', '2026-01-01T03:00:00Z'],
  },
  {
    about: 'is by the clock on the wall of a zone',
    schedule: '0 3 * * *',
    zone: 'Asia/Kolkata',
    from: '2026-01-01T00:00:00Z',
    next: ['2026-01-01T21:30:00Z'],
  },
  {
    about: 'leaves out a time that a zone leaves out in spring',
    schedule: '30 2 * * *',
    zone: 'Europe/Berlin',
    from: '2026-03-28T00:00:00Z',
    next: ['2026-03-28T01:30:00Z', '2026-03-30T00:30:00Z'],
  },
  {
    about: 'is every hour in spring, of which there is one less',
    schedule: '0 * * * *',
    zone: 'Europe/Berlin',
    from: '2026-03-28T23:30:00Z',
    next: ['2026-03-29T00:00:00Z', '2026-03-29T01:00:00Z', '2026-03-29T02:00:00Z'],
  },
  {
    about: 'is twice at a time that a zone has twice in autumn',
    schedule: '30 2 * * *',
    zone: 'Europe/Berlin',
    from: '2026-10-25T00:00:00Z',
    next: ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-26T01:30:00Z'],
  },
  {
    about: 'finds the first of a month across a change of the clocks',
    schedule: '0 0 1 * *',
    zone: 'America/New_York',
    from: '2026-02-10T00:00:00Z',
    next: ['2026-03-01T05:00:00Z', '2026-04-01T04:00:00Z'],
  },
  {
    about: 'begins a day without a midnight with its first hour',
    schedule: '* * 6 9 *',
    zone: 'America/Santiago',
    from: '2026-09-05T12:00:00Z',
    next: ['2026-09-06T04:00:00Z'],
  },
  {
    about: 'heeds a change of half an hour',
    schedule: '0 2 * * *',
    zone: 'Australia/Lord_Howe',
    from: '2026-04-04T00:00:00Z',
    next: ['2026-04-04T15:30:00Z', '2026-04-05T15:30:00Z'],
  },
];

describe('the next time of a cron schedule', () => {
  for (const { about, schedule, zone = 'UTC', from, next } of cases) {
    it(about, () => expect(times(schedule, zone, from, next.length)).to.eql(next));
  }

  it('misses no hour while the clocks change', () => {
    const clock = new ZoneClock('Europe/Berlin');
    const hourly = parseCronSchedule('17 * * * *');
    for (const day of ['2026-03-28', '2026-10-24']) {
      const start = Date.parse(`${day}T00:00:00Z`);
      const found: number[] = [];
      for (let time: number | undefined = start; found.length < 48; ) {
        time = nextTime(hourly, time, clock);
        if (time === undefined) break;
        found.push((time - start) / 60_000);
      }
      expect(found).to.eql(Array.from({ length: 48 }, (_, at) => at * 60 + 17));
    }
  });
});

describe('the clock of a zone', () => {
  it('writes times with its offset', () => {
    const time = Date.parse('2026-07-01T12:00:00.900Z');
    expect(new ZoneClock('UTC').format3339(time)).to.equal('2026-07-01T12:00:00Z');
    expect(new ZoneClock('Europe/Berlin').format3339(time)).to.equal('2026-07-01T14:00:00+02:00');
    expect(new ZoneClock('America/St_Johns').format3339(time)).to.equal('2026-07-01T09:30:00-02:30');
  });

  it('refuses a zone that there is not', () => {
    expect(() => new ZoneClock('Europe/Atlantis')).to.throw(RangeError);
  });

  it('may be named by the schedule', () => {
    expect(zoneOfSchedule('TZ=Europe/Rome 0 3 * * *')).to.equal('Europe/Rome');
    expect(zoneOfSchedule('CRON_TZ=Asia/Tokyo @daily')).to.equal('Asia/Tokyo');
    expect(zoneOfSchedule('0 3 * * *')).to.equal(undefined);
  });
});
