// Serves a stream that the hub asked for; the link calls it, the kubelet implements it.

import type { Readable } from 'node:stream';

export interface LogRequest {
  namespace: string;
  pod: string;
  uid: string;
  container: string;
  options: {
    follow?: boolean;
    previous?: boolean;
    timestamps?: boolean;
    tailLines?: number;
    limitBytes?: number;
    sinceSeconds?: number;
    sinceTime?: string;
  };
}

export interface LogSource {
  /** Rejects with ApiError (NotFound, BadRequest) in kubelet's words. Destroying the stream ends the following. */
  open(request: LogRequest): Promise<Readable>;
}
