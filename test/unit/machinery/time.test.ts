import { expect } from 'chai';
import fc from 'fast-check';
import {
  formatMicroTime,
  formatTime,
  goDuration,
  humanDuration,
  parseDuration,
  parseTime,
  shortHumanDuration,
  timeFault,
} from '../../../shared/machinery/index.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

describe('an age in a table', () => {
  const ages: [number, string, string][] = [
    [-2 * second, '<invalid>', '<invalid>'],
    [-1 * second, '0s', '0s'],
    [999, '0s', '0s'],
    [119 * second, '119s', '1m'],
    [2 * minute, '2m', '2m'],
    [2 * minute + 3 * second, '2m3s', '2m'],
    [10 * minute + 3 * second, '10m', '10m'],
    [179 * minute, '179m', '2h'],
    [3 * hour + 5 * minute, '3h5m', '3h'],
    [8 * hour + 5 * minute, '8h', '8h'],
    [47 * hour, '47h', '1d'],
    [48 * hour, '2d', '2d'],
    [2 * day + 3 * hour, '2d3h', '2d'],
    [8 * day + 3 * hour, '8d', '8d'],
    [year, '365d', '1y'],
    [5 * year + 12 * day, '5y12d', '5y'],
    [2 * year, '2y', '2y'],
    [8 * year + 12 * day, '8y', '8y'],
  ];
  for (const [milliseconds, long, short] of ages) {
    it(`reads ${long}`, () => {
      expect(humanDuration(milliseconds)).to.equal(long);
      expect(shortHumanDuration(milliseconds)).to.equal(short);
    });
  }
});

describe("a duration in Go's form", () => {
  it('is written as Go writes it', () => {
    const spans = [0, 7, 1000, 2144, 80_000, 300_000, 75_200, 3_600_500];
    const texts = ['0s', '7ms', '1s', '2.144s', '1m20s', '5m0s', '1m15.2s', '1h0m0.5s'];
    expect(spans.map(goDuration)).to.deep.equal(texts);
  });
  it('is read as milliseconds', () => {
    const durations = {
      '24h': day,
      '1m30s': 90 * second,
      '1.5s': 1500,
      '0': 0,
      '-1m': -minute,
      '1h5ms': hour + 5,
    };
    for (const [text, milliseconds] of Object.entries(durations)) {
      expect(parseDuration(text), text).to.equal(milliseconds);
    }
  });

  const malformed = {
    '': 'time: invalid duration ""',
    h: 'time: invalid duration "h"',
    '5': 'time: missing unit in duration "5"',
    '1d': 'time: unknown unit "d" in duration "1d"',
    '1m 2s': 'time: unknown unit "m " in duration "1m 2s"',
  };
  for (const [text, message] of Object.entries(malformed)) {
    it(`is not ${JSON.stringify(text)}`, () => {
      expect(() => parseDuration(text)).to.throw(message);
    });
  }
});

describe('an instant', () => {
  it('is written in whole seconds, or in microseconds', () => {
    const instant = Date.UTC(2024, 0, 1, 12, 30, 15, 678);
    expect(formatTime(instant)).to.equal('2024-01-01T12:30:15Z');
    expect(formatMicroTime(instant)).to.equal('2024-01-01T12:30:15.678000Z');
  });

  it('is read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253402300799 }), (seconds) => {
        expect(parseTime(formatTime(seconds * 1000))).to.equal(seconds * 1000);
        expect(parseTime(formatMicroTime(seconds * 1000 + 5))).to.equal(seconds * 1000 + 5);
      }),
    );
    expect(parseTime('2024-02-29T02:00:00+02:00')).to.equal(Date.UTC(2024, 1, 29));
  });

  for (const text of [
    '2024-02-30T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-01-01',
    '2024-01-01T24:00:00Z',
    'x',
  ]) {
    it(`is not ${text}`, () => {
      expect(parseTime(text)).to.equal(undefined);
      expect(timeFault(text)).to.contain(`parsing time "${text}" as "2006-01-02T15:04:05Z07:00"`);
    });
  }

  it('may be null, the zero time', () => {
    expect(timeFault(null)).to.equal(undefined);
    expect(timeFault(5)).to.equal('expected an RFC 3339 time, got 5');
  });
});
