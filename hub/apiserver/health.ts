// /healthz, /livez and /readyz: `ok`, or the list of checks with what fails. Everybody may read it: why something fails is told
// to who may ask for that check alone.

import { text } from './plain-text.ts';
import type { RestAnswer } from './request.ts';

export interface HealthCheck {
  readonly name: string;
  /** For which of the three it counts; default: all. */
  readonly for?: readonly string[];
  /** Undefined: well; else what is wrong. */
  check(): string | undefined;
}

/** `rest` is what follows in the path: one check by its name. `?verbose` lists all, `?exclude=NAME` leaves one out. */
export function answerHealth(
  all: readonly HealthCheck[],
  endpoint: string,
  rest: readonly string[],
  query: URLSearchParams,
): RestAnswer | undefined {
  const checks = all.filter((check) => check.for?.includes(endpoint) ?? true);
  if (rest.length > 0) return answerOne(checks.find(({ name }) => name === rest.join('/')));
  const excluded = new Set(query.getAll('exclude'));
  const lines: string[] = [];
  let failed = false;
  for (const { name, check } of checks) {
    if (excluded.delete(name)) {
      lines.push(`[+]${name} excluded: ok`);
      continue;
    }
    const wrong = check();
    failed ||= wrong !== undefined;
    lines.push(wrong === undefined ? `[+]${name} ok` : `[-]${name} failed: reason withheld`);
  }
  for (const name of excluded)
    lines.push(`warn: some health checks cannot be excluded: no matches for "${name}"`);
  if (failed) return text(500, `${lines.join('\n')}\n${endpoint} check failed\n`);
  return text(200, query.has('verbose') ? `${lines.join('\n')}\n${endpoint} check passed\n` : 'ok');
}

function answerOne(check: HealthCheck | undefined): RestAnswer | undefined {
  if (!check) return undefined;
  const wrong = check.check();
  return wrong === undefined ? text(200, 'ok') : text(500, `internal server error: ${wrong}\n`);
}
