// Streams to a node (logs, exec, attach, connections): opened by the API server, carried by the bridge over the node's own
// MQTT connection, served by the agent.

import type { Duplex } from 'node:stream';

/** Which pod; the agent finds it by its uid. */
export interface PodOnNode {
  namespace: string;
  pod: string;
  uid: string;
}

/** The container's log: bytes to the hub, nothing to the agent. */
export interface LogStreamRequest extends PodOnNode {
  kind: 'log';
  container: string;
  options: LogOptions;
}

/** Which of a command's streams are wanted. */
export interface CommandStreams {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

/** Runs a command in a container; the bytes are channel messages (shared/bus/channels.ts), ended by a Status. */
export interface ExecStreamRequest extends PodOnNode, CommandStreams {
  kind: 'exec';
  container: string;
  command: string[];
}

/** Joins what a container's main process says, and is told; channel messages as with exec. */
export interface AttachStreamRequest extends PodOnNode, CommandStreams {
  kind: 'attach';
  container: string;
}

/** A TCP connection to a port of the pod: its bytes as they are. */
export interface PortStreamRequest extends PodOnNode {
  kind: 'port';
  port: number;
}

/** A connection to the agent's own HTTP server, or to a port of the board itself. */
export interface NodeConnectionRequest {
  kind: 'node';
  port?: number;
}

/** What the node and its containers use: one JSON document (StatsSummary), then the end. */
export interface StatsStreamRequest {
  kind: 'stats';
}

/** What is asked of the agent; travels as JSON in the stream's first frame. */
export type NodeStreamRequest =
  | LogStreamRequest
  | ExecStreamRequest
  | AttachStreamRequest
  | PortStreamRequest
  | NodeConnectionRequest
  | StatsStreamRequest;

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
  /** Throws ServiceUnavailable when there is no way to the node now. */
  check(node: string): void;
}
