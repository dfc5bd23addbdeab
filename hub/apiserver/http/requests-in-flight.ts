// How many requests may be in work at once, those that read and those that write: more are told to come back
// (k8s.io/apiserver/pkg/server/filters/maxinflight.go). What lasts as long as its client likes does not count, and
// administrators are always let in: somebody must be able to look why there are so many.

import type { IncomingMessage } from 'node:http';
import { ApiError } from '../../../shared/machinery/index.ts';
import type { UserInfo } from '../request.ts';

export interface InFlightLimits {
  /** Requests that read. 0: any number. */
  reading: number;
  /** Requests that write. 0: any number. */
  writing: number;
}

const lasting = /[?&]watch=(?:1|true)\b|\/watch\/|\/(?:attach|exec|log|portforward|proxy)(?:[/?]|$)/;

export class RequestsInFlight {
  private readonly limits: InFlightLimits;
  private readonly taken = { reading: 0, writing: 0 };

  constructor(limits: InFlightLimits) {
    this.limits = limits;
  }

  /** Answers how the place is given back, once. Throws TooManyRequests. */
  enter({ method = 'GET', url = '/' }: Pick<IncomingMessage, 'method' | 'url'>, user: UserInfo): () => void {
    if (lasting.test(url)) return () => undefined;
    const kind = method === 'GET' || method === 'HEAD' ? 'reading' : 'writing';
    const limit = this.limits[kind];
    if (limit > 0 && this.taken[kind] >= limit && !user.groups.includes('system:masters'))
      throw new ApiError('TooManyRequests', 'Too many requests, please try again later.', {
        retryAfterSeconds: 1,
      });
    this.taken[kind] += 1;
    return () => {
      this.taken[kind] -= 1;
    };
  }
}
