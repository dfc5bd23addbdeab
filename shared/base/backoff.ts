// Exponential backoff with optional jitter, as a value: no timers inside.

export interface BackoffOptions {
  /** First delay, milliseconds. */
  base: number;
  /** No delay is longer, milliseconds. */
  max: number;
  factor?: number;
  /** `full`: a random share of the delay, so that a fleet does not return in the same second. */
  jitter?: 'none' | 'full';
  random?: () => number;
}

/** The delay before try number `attempt` (0 is the first retry), in milliseconds. */
export function backoffDelay(attempt: number, options: BackoffOptions): number {
  const { base, max, factor = 2, jitter = 'none', random = Math.random } = options;
  const delay = Math.min(max, base * factor ** attempt);
  return jitter === 'full' ? Math.round(random() * delay) : delay;
}
