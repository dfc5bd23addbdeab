// How the frames of one stream get to a node: over its own connection to this hub, or over the hub that it is connected to.

import { ApiError } from '../../shared/machinery/index.ts';

export interface NodeWay {
  send(frame: Uint8Array): void;
  /** Aborted when the node cannot be reached on this way any longer. */
  signal: AbortSignal;
  /** The stream has ended. Idempotent. */
  close(): void;
}

export function unavailable(message: string): ApiError {
  return new ApiError('ServiceUnavailable', message);
}
