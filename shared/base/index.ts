export { type BackoffOptions, backoffDelay } from './backoff.ts';
export { type Clock, systemClock, type Timer } from './clock.ts';
export { readIfThere, writeFileDurably } from './durable-file.ts';
export { createLog, type Logger } from './log.ts';
export { UserError } from './user-error.ts';
