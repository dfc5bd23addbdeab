// The transport over MQTT: requests by rpc; a watch is a subscription beside a list. Subscribe first, then list, and take
// a live message only if it is newer than what is known: that settles every order in which the two may arrive.

import { backoffDelay, type Clock } from '../base/index.ts';
import { type Bus, errorOf, filters, parseTopic, parseWatched, type RpcClient } from '../bus/index.ts';
import { ApiError, deepFreeze, type KubeList, type KubeObject } from '../machinery/index.ts';
import { restOf } from './rest-exchange.ts';
import { selectionOf } from './selection.ts';
import type { ListWatchHandlers, ListWatchScope, Transport, TransportRequest } from './transport.ts';
import { WatchedList } from './watched-list.ts';

/** Says when there is a connection. */
export interface Connectivity {
  /** Resolves when connected (at once where it is); rejects when the signal is aborted. */
  connected(signal: AbortSignal): Promise<void>;
  /** Resolves when the present connection is gone; rejects when the signal is aborted. */
  disconnected(signal: AbortSignal): Promise<void>;
}

export interface MqttTransportOptions {
  bus: Bus;
  rpc: Pick<RpcClient, 'request'>;
  connectivity: Connectivity;
  clock: Clock;
}

/** Objects of one answer: an answer has a limit. */
const page = '500';
const retryDelay = { base: 200, max: 30_000, jitter: 'full' } as const;

export class MqttTransport implements Transport {
  private readonly options: MqttTransportOptions;

  constructor(options: MqttTransportOptions) {
    this.options = options;
  }

  async request(request: TransportRequest, signal?: AbortSignal): Promise<unknown> {
    if (request.verb !== 'list' || request.query?.limit) return this.ask(request, signal);
    return this.listAll(request, signal);
  }

  listWatch<T extends KubeObject>(
    scope: ListWatchScope<T>,
    handlers: ListWatchHandlers<T>,
  ): { stop(): void } {
    const stopped = new AbortController();
    void this.follow(scope, handlers, stopped.signal);
    return { stop: () => stopped.abort() };
  }

  private async ask(request: TransportRequest, signal?: AbortSignal): Promise<unknown> {
    const { body, patchType } = request;
    const { code, body: answer } = await this.options.rpc.request(
      {
        ...restOf(request),
        ...(body !== undefined && { body }),
        ...(patchType && { contentType: patchType }),
      },
      signal,
    );
    if (code >= 400) throw errorOf(answer);
    return deepFreeze(answer);
  }

  /** The whole list, in pages. */
  private async listAll(request: TransportRequest, signal?: AbortSignal): Promise<unknown> {
    const items: unknown[] = [];
    let next = '';
    for (;;) {
      const query = { ...request.query, limit: page, ...(next && { continue: next }) };
      const list = await this.ask({ ...request, query }, signal);
      if (!isList(list)) throw new ApiError('InternalError', 'the answer to a list is no list');
      items.push(...list.items);
      next = list.metadata.continue ?? '';
      if (!next) {
        const { resourceVersion } = list.metadata;
        return Object.freeze({ ...list, metadata: { resourceVersion }, items: Object.freeze(items) });
      }
    }
  }

  /** Never rejects: what goes wrong is told to the handlers and tried again. */
  private async follow<T extends KubeObject>(
    scope: ListWatchScope<T>,
    handlers: ListWatchHandlers<T>,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, connectivity } = this.options;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await connectivity.connected(signal);
        await this.followOnce(scope, handlers, signal, () => {
          failures = 0;
        });
      } catch (error) {
        if (signal.aborted) return;
        handlers.onError(error);
        await clock.sleep(backoffDelay(failures, retryDelay), signal).catch(() => undefined); // stopped meanwhile
        failures += 1;
      }
    }
  }

  /** Resolves when the connection is gone. */
  private async followOnce<T extends KubeObject>(
    scope: ListWatchScope<T>,
    handlers: ListWatchHandlers<T>,
    signal: AbortSignal,
    onListed: () => void,
  ): Promise<void> {
    const { bus, connectivity } = this.options;
    const { resource, namespace, labelSelector, fieldSelector } = scope;
    const query = { ...(labelSelector && { labelSelector }), ...(fieldSelector && { fieldSelector }) };
    const selects = selectionOf(query);
    const within = new AbortController();
    const gone = connectivity.disconnected(AbortSignal.any([signal, within.signal]));
    gone.catch(() => undefined); // awaited below, unless something else fails first
    const watched = new WatchedList<T>(handlers, selects);
    const filter = filters.watch({
      group: resource.group,
      resource: resource.resource,
      ...(namespace && { namespace }),
    });
    const subscription = await bus.subscribe(filter, (topic, payload, { retained }) => {
      const parsed = parseTopic(topic);
      // What is kept is in the list as well.
      if (retained || parsed?.kind !== 'watch') return;
      try {
        watched.hear(parsed.address, parseWatched<T>(payload));
      } catch (error) {
        handlers.onError(error);
      }
    });
    try {
      const list = await this.request(
        { verb: 'list', resource, ...(namespace && { namespace }), query },
        signal,
      );
      if (signal.aborted) return;
      if (!isList<T>(list)) throw new ApiError('InternalError', 'the answer to a list is no list');
      watched.replace(list);
      onListed();
      await gone;
    } finally {
      within.abort();
      await subscription.stop().catch(() => undefined); // gone with the connection
    }
  }
}

/** As the resource's row says what comes back. */
function isList<T extends KubeObject>(value: unknown): value is KubeList<T> {
  return typeof value === 'object' && value !== null && 'items' in value && Array.isArray(value.items);
}
