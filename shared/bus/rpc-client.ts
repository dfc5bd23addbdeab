// Requests over a pair of topics: each has an id, a deadline, and a place in a bounded set of those still unanswered.

import { randomUUID } from 'node:crypto';
import type { Clock, Timer } from '../base/index.ts';
import { ApiError } from '../machinery/index.ts';
import type { Bus, Subscription } from './bus.ts';
import { encode, parseRpcResponse, type RpcRequest, type RpcResponse } from './envelopes.ts';
import { rpcTopic } from './topics.ts';

export interface RpcClientOptions {
  bus: Bus;
  /** The name of this connection: its MQTT client id. */
  client: string;
  clock: Clock;
  /** Milliseconds until an unanswered request fails with `Timeout`. Default 30,000. */
  timeout?: number;
  /** More unanswered requests than this fail with `TooManyRequests`. Default 64, as the hub allows. */
  pending?: number;
}

/** Bytes: a little less than the longest packet that the broker takes before it cuts the connection. */
const longestRequest = 4 * 1024 * 1024 - 64 * 1024;

interface Pending {
  resolve(response: RpcResponse): void;
  reject(error: unknown): void;
  timer: Timer;
  settled(): void;
}

export class RpcClient {
  private readonly options: RpcClientOptions;
  private readonly pending = new Map<string, Pending>();
  private subscription: Subscription | undefined;

  constructor(options: RpcClientOptions) {
    this.options = options;
  }

  /** Subscribes to the answers: once for each connection. */
  async start(): Promise<void> {
    const { bus, client } = this.options;
    this.subscription = await bus.subscribe(rpcTopic(client, 'response'), (_topic, payload) => {
      const response = parseRpcResponse(payload);
      if (response) this.take(response.id)?.resolve(response);
    });
  }

  /** Fails what is unanswered with `ServiceUnavailable`. Call it when the connection is gone. */
  async stop(reason = 'the connection to the hub is closed'): Promise<void> {
    for (const id of [...this.pending.keys()]) {
      this.take(id)?.reject(new ApiError('ServiceUnavailable', reason));
    }
    const subscription = this.subscription;
    this.subscription = undefined;
    await subscription?.stop().catch(() => undefined); // a closed connection has no subscriptions left
  }

  /** Answers whatever code came; throws `ApiError` (Timeout, TooManyRequests, ServiceUnavailable) when none did. */
  async request(request: Omit<RpcRequest, 'id'>, signal?: AbortSignal): Promise<RpcResponse> {
    const { bus, client, clock, timeout = 30_000, pending: limit = 64 } = this.options;
    if (this.pending.size >= limit) {
      throw new ApiError('TooManyRequests', `more than ${limit} requests are unanswered`);
    }
    const id = randomUUID();
    const message = encode({ id, ...request });
    if (message.length > longestRequest) {
      throw new ApiError(
        'RequestEntityTooLarge',
        `the request has ${message.length} bytes: too many for the hub`,
      );
    }
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => this.take(id)?.reject(error);
      const aborted = () => fail(signal?.reason);
      if (signal?.aborted) return reject(signal.reason);
      signal?.addEventListener('abort', aborted, { once: true });
      const timer = clock.after(timeout, () =>
        fail(new ApiError('Timeout', `no answer to ${request.method} ${request.path} within ${timeout} ms`)),
      );
      const settled = () => signal?.removeEventListener('abort', aborted);
      this.pending.set(id, { resolve, reject, timer, settled });
      bus
        .publish(rpcTopic(client, 'request'), message, { qos: 1 })
        .catch((cause: unknown) =>
          fail(
            new ApiError(
              'ServiceUnavailable',
              `${request.method} ${request.path} could not be sent`,
              undefined,
              { cause },
            ),
          ),
        );
    });
  }

  private take(id: string): Pending | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    pending?.timer.cancel();
    pending?.settled();
    return pending;
  }
}
