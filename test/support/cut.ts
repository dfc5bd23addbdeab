// Ways to the API that end after so many writes, as when a hub is killed: what would have been written next is not.

import type { Transport, TransportRequest } from '../../shared/client/index.ts';
import { ApiError } from '../../shared/machinery/index.ts';

/** One cut through all ways. */
export class Cut {
  private left = Number.POSITIVE_INFINITY;
  /** Writes that were let through since it was said how many may be. */
  count = 0;

  get isMade(): boolean {
    return this.left <= 0;
  }

  after(writes: number): void {
    this.left = writes;
    this.count = 0;
  }

  mend(): void {
    this.left = Number.POSITIVE_INFINITY;
  }

  through(transport: Transport): Transport {
    return {
      request: async (request, signal) => {
        this.pass(request);
        return transport.request(request, signal);
      },
      listWatch: (scope, handlers) => transport.listWatch(scope, handlers),
    };
  }

  private pass({ verb }: TransportRequest): void {
    if (verb === 'get' || verb === 'list') return;
    if (this.isMade) throw new ApiError('ServiceUnavailable', 'the hub was killed');
    this.left -= 1;
    this.count += 1;
  }
}
