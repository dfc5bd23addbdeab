// The time that a request has, as upstream: what it asks for (`?timeout=10s`), a minute at most and otherwise. Requests that
// go on by their nature (watches, logs, what is proxied) have no such time.

import type { Clock, Timer } from '../../shared/base/index.ts';
import { ApiError, parseDuration } from '../../shared/machinery/index.ts';
import type { OtherPath, ResourcePath } from './rest-path.ts';

type Path = ResourcePath | OtherPath;

/** Milliseconds. */
const longest = 60_000;
const goesOn = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);
/** Backups, and all secrets encrypted anew: they last as long as there is much of it. */
const ownPaths = '/kelp/';

/** Milliseconds; undefined: the request goes on. Throws BadRequest. */
export function timeOf(path: Path): number | undefined {
  if (isLongRunning(path)) return undefined;
  const text = path.query.get('timeout');
  const asked = text ? parsed(text) : 0;
  return asked > 0 ? Math.min(asked, longest) : longest;
}

/** How long a request waits for its turn at most, milliseconds: a quarter of the time that it has. */
export function waitLimit(path: Path): number {
  return (timeOf(path) ?? longest) / 4;
}

function isLongRunning(path: Path): boolean {
  if (path.type !== 'resource') return path.path.startsWith(ownPaths);
  const { verb, subresource } = path;
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

interface Pending {
  since: number;
  giveUp(): void;
}

/** Requests whose answers are awaited. Nearly all have the same time: one timer serves them, set for the oldest. */
export class RequestTimes {
  private readonly clock: Clock;
  /** The oldest first. */
  private readonly pending = new Set<Pending>();
  private timer: Timer | undefined;

  constructor({ clock }: { clock: Clock }) {
    this.clock = clock;
  }

  /** The answer; Timeout when `limit` milliseconds are over before. What the request has begun goes on. */
  within<T>(limit: number | undefined, answer: Promise<T>): Promise<T> {
    if (limit === undefined) return answer;
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(requestTimeout());
      const done = limit < longest ? this.alone(limit, giveUp) : this.among(giveUp);
      answer.then(
        (value) => {
          done();
          resolve(value);
        },
        (error: unknown) => {
          done();
          reject(error);
        },
      );
    });
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.pending.clear();
  }

  private alone(limit: number, giveUp: () => void): () => void {
    const timer = this.clock.after(limit, giveUp);
    return () => timer.cancel();
  }

  private among(giveUp: () => void): () => void {
    const entry = { since: this.clock.monotonic(), giveUp };
    this.pending.add(entry);
    this.timer ??= this.clock.after(longest, this.expire);
    return () => this.pending.delete(entry);
  }

  private readonly expire = (): void => {
    this.timer = undefined;
    const now = this.clock.monotonic();
    for (const entry of this.pending) {
      const left = entry.since + longest - now;
      if (left > 0) {
        this.timer = this.clock.after(left, this.expire);
        return;
      }
      this.pending.delete(entry);
      entry.giveUp();
    }
  };
}

/** What a request is answered that took too long. */
export function requestTimeout(): ApiError {
  const why = 'Timeout: request did not complete within requested timeout - context deadline exceeded';
  return new ApiError('Timeout', why, {});
}
