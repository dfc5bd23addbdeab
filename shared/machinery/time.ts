// Instants on the wire: meta/v1 Time (whole seconds) and MicroTime. In memory: milliseconds since the epoch.

/** `2024-01-01T00:00:00Z`: meta/v1 Time. */
export function formatTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** `2024-01-01T00:00:00.000000Z`: meta/v1 MicroTime. */
export function formatMicroTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 23)}000Z`;
}

const pattern =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:[.,]\d+)?(?:Z|[-+](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Milliseconds of an RFC 3339 instant, as Go reads it; undefined for what is none. */
export function parseTime(text: string): number | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, year = '', month = '', day = ''] = match;
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > lastDay) return undefined;
  const milliseconds = Date.parse(text.replace(',', '.'));
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** The message for a value that is no Time (a string, or null which is the zero time), else undefined. */
export function timeFault(value: unknown): string | undefined {
  if (value === null || (typeof value === 'string' && parseTime(value) !== undefined)) return undefined;
  const shown = JSON.stringify(value);
  if (typeof value !== 'string') return `expected an RFC 3339 time, got ${shown}`;
  return `parsing time ${shown} as "2006-01-02T15:04:05Z07:00": cannot parse ${shown}`;
}
