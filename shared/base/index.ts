export { type BackoffOptions, backoffDelay } from './backoff.ts';
export { type Clock, systemClock, type Timer } from './clock.ts';
export { createLog, type Logger } from './log.ts';
