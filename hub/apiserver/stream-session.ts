// What a request for a stream comes to: who may be talked to, and how to reach them. The HTTPS door speaks the protocols.

import type { Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import type { CommandStreams } from './node-streams.ts';

export type StreamSession =
  /** exec and attach: channel messages (shared/bus/channels.ts). */
  | { kind: 'command'; streams: CommandStreams; open(signal: AbortSignal): Promise<Duplex> }
  /** portforward: a connection of its own for each that the client makes. */
  | { kind: 'ports'; ports: readonly number[]; connect(port: number, signal: AbortSignal): Promise<Duplex> };

export interface ProxyTarget {
  /** The path and query that the other server is asked for. */
  path: string;
  /** Nothing but the server was named: who reads is sent to its root, to which the links of its pages are relative. */
  bare?: boolean;
  /**
   * Another API server: it may not redirect, and what goes wrong on the way is told in plain text, as upstream's aggregator does.
   * Any other has pages that are written for a server of their own: their links are led through here.
   */
  isApiServer?: true;
  /** `HOST:PORT`, for the Host header, and for the links in its pages. */
  host: string;
  /** Absent: plain HTTP. */
  tls?: ConnectionOptions;
  /** What the other server is told beside what the client said. */
  headers?: Readonly<Record<string, string | string[]>>;
  /** Keeps connections to it for more than one request; absent: there is one for each. */
  agent?: Agent;
  connect(signal: AbortSignal): Promise<Duplex>;
}
