// A way to the API that ends after so many writes, as when a hub is killed: what would have been written next is not.

import type {
  ListWatchHandlers,
  ListWatchScope,
  Transport,
  TransportRequest,
} from '../../shared/client/index.ts';
import { ApiError, type KubeObject } from '../../shared/machinery/index.ts';

export class CutTransport implements Transport {
  private readonly transport: Transport;
  private left = Number.POSITIVE_INFINITY;
  /** Writes that were let through since it was said how many may be. */
  count = 0;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  get isCut(): boolean {
    return this.left <= 0;
  }

  cutAfter(writes: number): void {
    this.left = writes;
    this.count = 0;
  }

  mend(): void {
    this.left = Number.POSITIVE_INFINITY;
  }

  async request(request: TransportRequest, signal?: AbortSignal): Promise<unknown> {
    if (request.verb !== 'get' && request.verb !== 'list') {
      if (this.isCut) throw new ApiError('ServiceUnavailable', 'the hub was killed');
      this.left -= 1;
      this.count += 1;
    }
    return this.transport.request(request, signal);
  }

  listWatch<T extends KubeObject>(
    scope: ListWatchScope<T>,
    handlers: ListWatchHandlers<T>,
  ): { stop(): void } {
    return this.transport.listWatch<T>(scope, handlers);
  }
}
