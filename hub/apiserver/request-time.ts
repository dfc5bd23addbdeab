// The time that a request has, as upstream: what it asks for (`?timeout=10s`), a minute at most. Requests that go on by
// their nature (watches, logs, what is proxied) have no such time.

import type { Clock } from '../../shared/base/index.ts';
import { ApiError, parseDuration } from '../../shared/machinery/index.ts';
import type { OtherPath, ResourcePath } from './rest-path.ts';

type Path = ResourcePath | OtherPath;

/** Milliseconds. */
const longest = 60_000;
const goesOn = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);

/** Milliseconds; undefined: it asks for none. Throws BadRequest. */
export function timeAskedFor(path: Path): number | undefined {
  const text = path.query.get('timeout');
  if (!text || (path.type === 'resource' && isLongRunning(path))) return undefined;
  const asked = parsed(text);
  return asked > 0 ? Math.min(asked, longest) : undefined;
}

/** How long a request waits for its turn at most, milliseconds: a quarter of the time that it has. */
export function waitLimit(path: Path): number {
  return (timeAskedFor(path) ?? longest) / 4;
}

function isLongRunning({ verb, subresource }: ResourcePath): boolean {
  return verb === 'watch' || (subresource !== undefined && goesOn.has(subresource));
}

function parsed(text: string): number {
  try {
    return parseDuration(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : '';
    throw new ApiError('BadRequest', `invalid timeout specified in the request URL - ${why}`);
  }
}

/** The answer; Timeout when the time that was asked for is over before. What the request has begun goes on. */
export function inTime<T>(path: Path, clock: Clock, answer: Promise<T>): Promise<T> {
  const limit = timeAskedFor(path);
  if (limit === undefined) return answer;
  return new Promise((resolve, reject) => {
    const why = 'Timeout: request did not complete within requested timeout - context deadline exceeded';
    const timer = clock.after(limit, () => reject(new ApiError('Timeout', why, {})));
    answer.then(resolve, reject).finally(() => timer.cancel());
  });
}
