// One watch stream of etcd, from its creation to its end.

import type { IWatchResponse } from 'etcd3';
import type { EtcdConnection } from './connection.ts';
import { EtcdFailure } from './etcd-failure.ts';
import type { KeyRange } from './key-space.ts';

export interface WatchOnce {
  connection: EtcdConnection;
  range: KeyRange;
  /** The first revision that is of interest. */
  from: number;
  onCreated(): void;
  /** May throw: that ends the stream. */
  onResponse(response: IWatchResponse): void;
  signal: AbortSignal;
}

export interface WatchedOnce {
  /** Rejects when it ends: EtcdFailure ('compacted': revisions from `from` on are gone), or what `onResponse` threw. */
  ended: Promise<never>;
  /** Ends it for that reason. */
  restart(reason: Error): void;
}

export function watchOnce(watch: WatchOnce): WatchedOnce {
  const ending = new AbortController();
  const signal = AbortSignal.any([watch.signal, ending.signal]);
  return { ended: follow(watch, signal), restart: (reason) => ending.abort(reason) };
}

async function follow(watch: WatchOnce, signal: AbortSignal): Promise<never> {
  const { connection, range, from, onCreated, onResponse } = watch;
  const stream = await connection.watch();
  let left = false;
  try {
    return await new Promise<never>((_, reject) => {
      const stop = () => reject(signal.reason);
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true });
      const broken = (cause: unknown) => {
        if (!left) reject(connection.streamFailure(cause));
      };
      stream.on('error', broken);
      stream.on('end', () => broken('the watch has ended'));
      stream.on('data', (received) => {
        try {
          const response = connection.shift.watched(received);
          throwIfCanceled(response);
          if (response.created) onCreated();
          else onResponse(response);
        } catch (error) {
          reject(error);
        }
      });
      const start = connection.shift.toEtcd(from);
      stream.write({ create_request: { ...range, start_revision: start, progress_notify: true } });
    });
  } finally {
    left = true;
    // Ended before it is cancelled: the library then does not take our leaving for a failure of the connection.
    stream.end();
    stream.cancel();
  }
}

function throwIfCanceled({ canceled, compact_revision, cancel_reason }: IWatchResponse): void {
  if (!canceled) return;
  if (Number(compact_revision) > 0) {
    throw new EtcdFailure('compacted', `etcd has compacted its history up to ${compact_revision}`);
  }
  throw new EtcdFailure('unknown', `etcd has cancelled the watch: ${cancel_reason}`);
}
