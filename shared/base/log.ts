// Structured logging. One line a record; pretty for a terminal is the CLI's business, not ours.

import { type Logger, pino } from 'pino';

export type { Logger };

/** `name` is the part that speaks, e.g. `hub/scheduler`. Lines go to stderr: stdout belongs to the user. */
export function createLog(name: string, level: string): Logger {
  return pino({ name, level, base: undefined }, pino.destination({ fd: 2, sync: true }));
}
