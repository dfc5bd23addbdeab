// A way to the API on which news is late: requests are answered at once, events come after a while, in order.

import type { Clock } from '../../shared/base/index.ts';
import type {
  ListWatchHandlers,
  ListWatchScope,
  Transport,
  TransportRequest,
} from '../../shared/client/index.ts';
import type { KubeObject } from '../../shared/machinery/index.ts';

export class LaggingTransport implements Transport {
  private readonly transport: Transport;
  private readonly clock: Clock;
  private readonly lag: number;

  /** `lag`: milliseconds. */
  constructor({ transport, clock, lag }: { transport: Transport; clock: Clock; lag: number }) {
    this.transport = transport;
    this.clock = clock;
    this.lag = lag;
  }

  request(request: TransportRequest, signal?: AbortSignal): Promise<unknown> {
    return this.transport.request(request, signal);
  }

  listWatch<T extends KubeObject>(
    scope: ListWatchScope<T>,
    handlers: ListWatchHandlers<T>,
  ): { stop(): void } {
    const late = (call: () => void) => {
      this.clock.after(this.lag, call);
    };
    return this.transport.listWatch<T>(scope, {
      onReplace: (list) => handlers.onReplace(list),
      onEvent: (event) => late(() => handlers.onEvent(event)),
      onError: (error) => handlers.onError(error),
    });
  }
}
