// What the hub may ask of this node's streams, and who serves it: the link carries, the kubelet implements.

import type { Duplex } from 'node:stream';
import type { LogRequest } from './log-source.ts';

export interface PodAsked {
  namespace: string;
  pod: string;
  uid: string;
}

/** Which of a command's streams are wanted. */
export interface CommandStreams {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

export type StreamRequest =
  | ({ kind: 'log' } & LogRequest)
  /** Bytes are channel messages (shared/bus/channels.ts), the last one a Status. */
  | ({ kind: 'exec'; container: string; command: string[] } & PodAsked & CommandStreams)
  | ({ kind: 'attach'; container: string } & PodAsked & CommandStreams)
  /** Bytes are those of a TCP connection. */
  | ({ kind: 'port'; port: number } & PodAsked)
  /** A connection to the agent's own HTTP server, or to a port of the board. */
  | { kind: 'node'; port?: number }
  /** One JSON document, a StatsSummary, then the end. */
  | { kind: 'stats' };

/** Runs until the stream is over; the stream may be destroyed already. Whatever it throws ends the stream. */
export type ServeStream = (stream: Duplex) => Promise<void>;

export interface StreamSource {
  /** Rejects with ApiError (NotFound, BadRequest) while the stream can be refused. */
  open(request: StreamRequest): Promise<ServeStream>;
}
