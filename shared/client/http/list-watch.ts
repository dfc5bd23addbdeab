// Lists, then follows, over HTTP: starts again with backoff after any break, from the last revision where that is still
// known, and with a new list where it is not.

import { backoffDelay, type Clock } from '../../base/index.ts';
import { ApiError, type KubeList, type KubeObject, type Live } from '../../machinery/index.ts';
import type { ListWatchHandlers } from '../transport.ts';

/** One line of a watch stream. An ERROR carries a Status. */
export interface WatchLine {
  type: string;
  object: unknown;
}

export interface ListWatchOptions<T extends KubeObject> {
  clock: Clock;
  handlers: ListWatchHandlers<T>;
  list(signal: AbortSignal): Promise<KubeList<T>>;
  /** Resolves at the stream's end; rejects with ApiError where the server refuses. */
  watch(resourceVersion: string, onLine: (line: WatchLine) => void, signal: AbortSignal): Promise<void>;
}

const retryDelay = { base: 200, max: 30_000, jitter: 'full' } as const;

export function runListWatch<T extends KubeObject>(options: ListWatchOptions<T>): { stop(): void } {
  const aborter = new AbortController();
  void follow(options, aborter.signal);
  return { stop: () => aborter.abort() };
}

/** Never rejects: what goes wrong is told to the handlers and tried again. */
async function follow<T extends KubeObject>(
  options: ListWatchOptions<T>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, handlers, list, watch } = options;
  let resourceVersion: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    try {
      if (resourceVersion === undefined) {
        const state = await list(signal);
        if (signal.aborted) return;
        handlers.onReplace(state);
        resourceVersion = state.metadata.resourceVersion;
      }
      await watch(
        resourceVersion,
        (line) => {
          failures = 0;
          resourceVersion = deliver(line, handlers);
        },
        signal,
      );
      // A server ends watches now and then; only one that ends at once, again and again, is waited for.
      if (failures > 0) await pause();
      failures += 1;
    } catch (error) {
      if (signal.aborted) return;
      if (isGone(error)) resourceVersion = undefined;
      handlers.onError(error);
      await pause();
      failures += 1;
    }
  }

  async function pause(): Promise<void> {
    await clock.sleep(backoffDelay(failures, retryDelay), signal).catch(() => undefined);
  }
}

/** Hands the line on and answers the revision to go on from. Throws the ApiError of an ERROR line. */
function deliver<T extends KubeObject>({ type, object }: WatchLine, handlers: ListWatchHandlers<T>): string {
  if (type === 'ERROR') throw ApiError.fromStatus(object as ReturnType<ApiError['toStatus']>);
  const live = object as Live<T>;
  if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') handlers.onEvent({ type, object: live });
  return live.metadata.resourceVersion;
}

/** The revision is no longer known to the server: only a new list helps. */
function isGone(error: unknown): boolean {
  return ApiError.is(error, 'Gone') || ApiError.is(error, 'Expired');
}
