// Streams to a node (logs now; exec, attach and port-forward later): opened by the API server, carried by the bridge over
// the node's own MQTT connection, served by the agent.

import type { Duplex } from 'node:stream';

/** What is asked of the agent; travels as JSON in the stream's first frame. */
export interface NodeStreamRequest {
  kind: 'log';
  namespace: string;
  pod: string;
  uid: string;
  container: string;
  options: LogOptions;
}

/** As in the query of `GET …/pods/NAME/log`. */
export interface LogOptions {
  follow?: boolean;
  previous?: boolean;
  timestamps?: boolean;
  tailLines?: number;
  limitBytes?: number;
  sinceSeconds?: number;
  /** RFC 3339 */
  sinceTime?: string;
}

export interface NodeStreams {
  /**
   * Resolves when the agent has accepted; rejects with ApiError (ServiceUnavailable: the node is not connected;
   * NotFound/BadRequest: what the agent said). Backpressure holds; a cut link destroys the stream with an error.
   */
  open(node: string, request: NodeStreamRequest, signal?: AbortSignal): Promise<Duplex>;
}
