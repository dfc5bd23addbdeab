// What both doors produce and the pipeline consumes. HTTPS and MQTT only differ in how they come to this.

import type { Readable } from 'node:stream';
import type { Resource, Subresource, Verb } from '../../shared/api/index.ts';
import type { KubeObject, Live } from '../../shared/machinery/index.ts';
import type { Guard } from '../store/index.ts';
import type { ProxyTarget, StreamSession } from './stream-session.ts';
import type { SentEvent, WatchStream } from './watch-stream.ts';

export interface UserInfo {
  /** e.g. `system:node:pi-1`, `kubernetes-admin`, `system:serviceaccount:default:builder`, `system:anonymous`. */
  name: string;
  uid?: string;
  groups: readonly string[];
  extra?: Record<string, string[]>;
}

/** Who is at the door: what TLS and the request's headers (or MQTT's CONNECT) showed. */
export interface Credentials {
  /** Subject of a client certificate that our CA signed, already verified by TLS. */
  certificate?: { commonName: string; organizations: readonly string[] };
  /** `Authorization: Bearer …`, or the MQTT password. */
  token?: string;
  /** For whom a token must have been made; absent: for this API. */
  audiences?: readonly string[];
}

/** A body that is neither JSON nor YAML. Who reads it knows what should have been there. */
export interface BodyFault {
  format: 'JSON' | 'YAML';
  /** In the words of Go's decoders. */
  why: string;
  sent: Buffer;
}

/** What a request tells the audit log of itself, where somebody keeps one. */
export interface RequestAudit {
  /** By which the log names it. */
  readonly id: string;
  actsAs(user: UserInfo): void;
  decides(decision: { allowed: boolean; reason?: string }): void;
  /**
   * The first word on a key counts; one that is no qualified name with a prefix is left out, as upstream. `level`: of logs
   * that have less of the request it is none. Default: Metadata.
   */
  annotate(key: string, value: string, level?: 'Metadata' | 'Request'): void;
  /** The object that was sent, once it is known to be one. `fill` gives it its defaults. */
  sends(object: KubeObject, fill?: (object: KubeObject) => void): void;
  /** A patch, or the options of a delete. */
  sendsPart(body: unknown): void;
  /** An error that is none of the request. */
  panics(error: unknown): void;
}

/** What a request has of the API server until its answer is written. */
export interface RequestTurn {
  /** Of the answer: by what the request was judged. */
  readonly headers: Readonly<Record<string, string>>;
  /** May be called more than once. */
  ends(): void;
}

/** A request as a door hands it over: still REST. */
export interface RestRequest extends Sent {
  method: string;
  /** With its query, e.g. `/api/v1/pods?limit=500`. */
  path: string;
  user: UserInfo;
  /** As whom the user wants to act. */
  actingAs?: UserInfo | undefined;
  accept?: string | undefined;
  /** Reads what was sent, once it is the request's turn; absent: what there is is here already. */
  read?: (() => Promise<Sent>) | undefined;
  /** Calls when the client has gone before its answer was whole; answers the way out. */
  onGone?: ((call: () => void) => () => void) | undefined;
  userAgent?: string | undefined;
  /** For documents that clients keep (OpenAPI). */
  ifNoneMatch?: string | undefined;
  /** What the client wants to turn its connection into: `websocket`, `spdy/3.1`. */
  upgrade?: string | undefined;
  /** Aborted when the client has gone. */
  signal?: AbortSignal | undefined;
  /** Milliseconds that are left of the time it has; absent: it goes on. */
  timeLeft?: (() => number) | undefined;
  /** Hears what becomes of it, for the audit log. */
  audit?: RequestAudit | undefined;
}

/** What came with a request. */
export interface Sent {
  contentType?: string | undefined;
  /** Already decoded JSON or YAML; absent: there was none. */
  body?: unknown;
  /** The body as it was sent, where it is JSON: what stands twice in it is in no object. */
  text?: string | undefined;
  /** What stands twice in a body that is no JSON, in words. */
  duplicates?: readonly string[] | undefined;
  /** Why there is no body although one was sent. */
  bodyFault?: BodyFault | undefined;
}

/** An answer before a door puts it on its wire. `turn`: what the door ends when it has done so. */
export type RestAnswer = { code: number; warnings?: readonly string[]; turn?: RequestTurn } & (
  | { type: 'object'; body: unknown }
  /** A watch, and what is sent of each of its events. */
  | { type: 'watch'; events: WatchStream; shown: (event: SentEvent) => unknown; contentType: string }
  /** Bytes, e.g. a pod's log. */
  | { type: 'stream'; stream: Readable; contentType: string }
  /** What goes on over an upgraded connection. */
  | { type: 'session'; session: StreamSession }
  /** The exchange with another HTTP server, which the door carries out. */
  | { type: 'proxy'; target: ProxyTarget }
  /** An answer that is already bytes, e.g. OpenAPI or `ok`. */
  | { type: 'bytes'; body: Buffer; contentType: string; headers?: Record<string, string> }
);

/** The pipeline's own request. */
export interface ApiRequest {
  user: UserInfo;
  verb: Verb;
  resource: Resource;
  namespace?: string | undefined;
  name?: string | undefined;
  subresource?: Subresource | undefined;
  query: URLSearchParams;
  body?: unknown;
  text?: string | undefined;
  duplicates?: readonly string[] | undefined;
  bodyFault?: BodyFault | undefined;
  /** With verb `patch`: the content type. */
  patchType?: string | undefined;
  /** What the client's program calls itself: a writer that names no field manager is kept under it. */
  userAgent?: string | undefined;
  upgrade?: string | undefined;
  /** Of a proxy request: the path behind `/proxy`, as it was sent; empty: there is none. */
  remainder?: string | undefined;
  /** Of a delete: it is one of many, and nobody has named it. */
  ofCollection?: boolean | undefined;
  signal?: AbortSignal | undefined;
  /** As of the RestRequest. */
  timeLeft?: (() => number) | undefined;
  /** What has to hold when its writes are committed. */
  fence?: Guard | undefined;
  audit?: RequestAudit | undefined;
  /** Takes what admission has to say to the client beside the answer; the pipeline sets it. */
  warn?: ((text: string) => void) | undefined;
}

/** What an authorizer is asked. `resource` is the plural; non-resource requests carry a path instead. */
export interface AccessReview {
  user: UserInfo;
  verb: string;
  group?: string | undefined;
  resource?: string | undefined;
  subresource?: string | undefined;
  namespace?: string | undefined;
  name?: string | undefined;
  path?: string | undefined;
  /** The object being created or updated, for the node restriction. */
  object?: KubeObject | undefined;
}

export type { Live };
