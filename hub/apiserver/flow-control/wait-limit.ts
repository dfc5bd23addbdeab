// How long a request waits for its turn at most: a quarter of the time that it has, as upstream.

import { parseDuration } from '../../../shared/machinery/index.ts';
import type { OtherPath, ResourcePath } from '../rest-path.ts';

/** A request's time, milliseconds; it may ask for less (`?timeout=10s`). */
const requestTimeout = 60_000;

/** Milliseconds. */
export function waitLimit({ query }: Pick<ResourcePath | OtherPath, 'query'>): number {
  return Math.min(requestTimeout, wanted(query.get('timeout') ?? '')) / 4;
}

function wanted(timeout: string): number {
  if (!timeout) return requestTimeout;
  try {
    const given = parseDuration(timeout);
    return given > 0 ? given : requestTimeout;
  } catch {
    return requestTimeout; // who reads the request says what is wrong with it
  }
}
