// Commits as watchers hear them: what a change of the store means to somebody who sees only a part of it.
// One feed serves all doors; the objects in its events are the store's own, frozen and shared.

import type { Clock, Timer } from '../../shared/base/index.ts';
import {
  ApiError,
  deepFreeze,
  type KubeObject,
  type Live,
  type WatchEvent,
} from '../../shared/machinery/index.ts';
import type { Change, Key, Store, StoreError, Watch } from '../store/index.ts';
import { type Turn, TurnedChanges } from './turned-changes.ts';
import { type SentEvent, WatchStream } from './watch-stream.ts';

export interface FeedScope {
  prefix: Key;
  /** Asked of what is shown. */
  matches(object: Live): boolean;
  /** What is shown of a stored object, where that differs. */
  turn?: Turn;
}

/** ADDED, MODIFIED or DELETED. */
export type ObjectEvent = WatchEvent & { type: 'ADDED' | 'MODIFIED' | 'DELETED' };

export interface FeedHandlers {
  onEvent(event: ObjectEvent): void;
  onEnd(error: StoreError): void;
  /** An object could not be shown; nothing follows. Needed with `turn`. */
  onFailure?(error: unknown): void;
}

export interface StreamOptions extends FeedScope {
  /** Told first, as ADDED. */
  initial: readonly Live[];
  /** Then every change with a greater revision. */
  after: number;
  /** Sent when `initial` has been told, where the client asked for it. */
  initialEnd?: KubeObject;
  /** Makes a bookmark; absent: the client wants none. */
  bookmark?: (revision: number) => KubeObject;
  timeoutMs: number;
  signal?: AbortSignal;
  /** Calls when there will be nothing more to tell; answers the way out. */
  onWithdrawn?: (end: () => void) => () => void;
}

/** Upstream's interval. */
const bookmarkEveryMs = 60_000;

export class Feed {
  private readonly store: Store;
  private readonly clock: Clock;
  /** The last state of what a change took out of sight, made once for all watchers. */
  private readonly lastStates = new WeakMap<Change, Live>();

  constructor({ store, clock }: { store: Store; clock: Clock }) {
    this.store = store;
    this.clock = clock;
  }

  /**
   * Calls synchronously for every change after revision `after`. A revision that is yet to come waits for it.
   * Throws StoreError 'compacted'.
   */
  follow(scope: FeedScope, handlers: FeedHandlers, after: number): Watch {
    const start = Math.min(after, this.store.revision);
    if (scope.turn) return this.followTurned({ ...scope, turn: scope.turn }, handlers, after, start);
    const onChanges = (changes: readonly Change[]) => {
      for (const change of changes) {
        if (change.revision <= after) continue;
        const event = this.eventOf(change, scope);
        if (event) handlers.onEvent(event);
      }
    };
    return this.store.watch(scope.prefix, { onChanges, onEnd: (error) => handlers.onEnd(error) }, start);
  }

  private followTurned(
    scope: FeedScope & { turn: Turn },
    handlers: FeedHandlers,
    after: number,
    start: number,
  ): Watch {
    const turned = new TurnedChanges({
      turn: scope.turn,
      onChange: ({ change, object, previous }) => {
        const event = this.eventOf({ ...change, object, previous }, scope);
        if (event) handlers.onEvent(event);
      },
      onFailure: (error) => handlers.onFailure?.(error),
    });
    const onChanges = (changes: readonly Change[]) => {
      for (const change of changes) if (change.revision > after) turned.take(change);
    };
    const onEnd = (error: StoreError) => turned.after(() => handlers.onEnd(error));
    return this.store.watch(scope.prefix, { onChanges, onEnd }, start);
  }

  /** The same as a stream with a bounded buffer, that ends by itself after its time. Throws StoreError 'compacted'. */
  stream(options: StreamOptions): WatchStream {
    const { signal } = options;
    const stop = () => stream.stop();
    const stream = new WatchStream({
      initial: eventsOf(options.initial, options.initialEnd),
      onStop: () => {
        watch.stop();
        stopTimers();
        leave?.();
        signal?.removeEventListener('abort', stop);
      },
    });
    const handlers: FeedHandlers = {
      onEvent: (event) => stream.push(event),
      onEnd: (error) => (error.code === 'compacted' ? stream.fail(lostHistory(error)) : stream.end()),
      onFailure: (error) => stream.fail(notShown(error)),
    };
    const watch = this.follow(options, handlers, options.after);
    const stopTimers = this.startTimers(options, stream);
    const leave = options.onWithdrawn?.(() => stream.end());
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
    return stream;
  }

  /** Bookmarks from time to time, and the end with a last one. Answers what cancels them. */
  private startTimers({ bookmark, after, timeoutMs }: StreamOptions, stream: WatchStream): () => void {
    const { clock, store } = this;
    const mark = () => {
      if (!bookmark) return;
      stream.push({ type: 'BOOKMARK', object: bookmark(Math.max(store.revision, after)) });
    };
    const again = (): Timer =>
      clock.after(bookmarkEveryMs, () => {
        mark();
        if (stream.isOpen) next = again();
      });
    let next = bookmark && again();
    const end = clock.after(timeoutMs, () => {
      mark();
      stream.end();
    });
    return () => {
      next?.cancel();
      end.cancel();
    };
  }

  private eventOf(change: Change, { matches }: FeedScope): ObjectEvent | undefined {
    const { object, previous } = change;
    const before = previous !== undefined && matches(previous);
    if (object !== undefined && matches(object)) return { type: before ? 'MODIFIED' : 'ADDED', object };
    return before ? { type: 'DELETED', object: this.lastState(change, previous) } : undefined;
  }

  /** What was last seen, with the revision at which it went out of sight. */
  private lastState(change: Change, previous: Live): Live {
    const known = this.lastStates.get(change);
    if (known) return known;
    const resourceVersion = String(change.revision);
    const last = deepFreeze({ ...previous, metadata: { ...previous.metadata, resourceVersion } });
    this.lastStates.set(change, last);
    return last;
  }
}

function* eventsOf(initial: readonly Live[], initialEnd?: KubeObject): Generator<SentEvent> {
  for (const object of initial) yield { type: 'ADDED', object };
  if (initialEnd) yield { type: 'BOOKMARK', object: initialEnd };
}

function notShown(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError('InternalError', error instanceof Error ? error.message : String(error));
}

function lostHistory(cause: StoreError): ApiError {
  return new ApiError('Expired', 'too old resource version: the history is no longer kept', undefined, {
    cause,
  });
}
