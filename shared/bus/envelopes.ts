// What travels in payloads, beside plain objects: one type and one parser for each message. Parsers answer undefined for
// what is malformed, so that no sender can throw into a receiver.

import type { KubeObject, Live } from '../machinery/index.ts';

/** `kelp/v1/nodes/<node>/desired/…`: hold this object, or hold it no longer. */
export interface DesiredEnvelope {
  type: 'set' | 'gone';
  /** The revision of the change; of what an acknowledgement speaks. */
  revision: string;
  uid: string;
  epoch: string;
  /** Present iff `type` is `set`. */
  object?: Live;
}

/** `…/acks`: uid → the revision that is saved (or removed) durably. */
export interface Acks {
  epoch: string;
  saved: Record<string, string>;
}

export type PresenceState = 'ready' | 'sleeping' | 'stopped' | 'lost';

/** `…/presence`. `lost` is what the will says. */
export interface Presence {
  state: PresenceState;
  /** Changes with every start of the agent. */
  boot: string;
  /** RFC 3339, by the board's clock, which may be wrong: for people only. */
  since: string;
}

/** `…/sync/agent`: what the agent says in the exchange that makes both ends equal. */
export type AgentSync =
  /** `revision`: of the last `equal` or `bookmark` that this boot has heard; empty: none. */
  | { type: 'digest'; boot: string; epoch: string; revision: string; hash: string }
  | { type: 'map'; versions: Record<string, string> };

/** `…/sync/hub`: what the hub says. */
export type HubSync =
  /** The hashes agree: what is held is what is desired. */
  | { type: 'equal'; epoch: string; revision: string }
  /** They don't: send the map. */
  | { type: 'different'; epoch: string }
  /** These are no longer to be held. */
  | { type: 'gone'; epoch: string; uids: string[] }
  /** Everything that differed has been sent. */
  | { type: 'bookmark'; epoch: string; revision: string }
  /** After the link breaks, wait a random part of this before coming back. */
  | { type: 'pause'; milliseconds: number }
  /** Say everything again that you report: it was taken for lost. */
  | { type: 'report' }
  /** Where else to go when this hub is out of reach: the brokers of all hubs, this one first. */
  | { type: 'hubs'; hubs: BrokerAddress[] };

export interface BrokerAddress {
  host: string;
  port: number;
}

export interface RpcRequest {
  id: string;
  method: string;
  /** With its query. */
  path: string;
  body?: unknown;
  /** Of the body, where it is not plain JSON: a patch's type. */
  contentType?: string;
}

export interface RpcResponse {
  id: string;
  code: number;
  body?: unknown;
  /** Sentences for the user. */
  warnings?: string[];
}

/** A lease's payload: the beginning of the boot id, and nothing else. It is sent the whole day. */
export const leasePayloadLength = 8;

export function encode(
  message: DesiredEnvelope | Acks | Presence | AgentSync | HubSync | RpcRequest | RpcResponse,
): string {
  return JSON.stringify(message);
}

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(payload: Uint8Array | string): Fields | undefined {
  try {
    const text = typeof payload === 'string' ? payload : Buffer.from(payload).toString('utf8');
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined; // not JSON: malformed like any other
  }
}

function isStrings(value: unknown): value is Record<string, string> {
  return isFields(value) && Object.values(value).every((item) => typeof item === 'string');
}

function isLive<T extends KubeObject>(value: unknown): value is Live<T> {
  if (!isFields(value) || !isFields(value.metadata)) return false;
  const { name, uid, resourceVersion } = value.metadata;
  return typeof name === 'string' && typeof uid === 'string' && typeof resourceVersion === 'string';
}

/** One at least: nobody is told to go nowhere. */
export function isBrokerAddresses(value: unknown): value is BrokerAddress[] {
  const good = (one: unknown) => isFields(one) && typeof one.host === 'string' && Number.isInteger(one.port);
  return Array.isArray(value) && value.length > 0 && value.every(good);
}

export function parseDesired(payload: Uint8Array): DesiredEnvelope | undefined {
  const { type, revision, uid, epoch, object } = fieldsOf(payload) ?? {};
  if (typeof revision !== 'string' || typeof uid !== 'string' || typeof epoch !== 'string') return undefined;
  if (type === 'gone') return { type, revision, uid, epoch };
  return type === 'set' && isLive(object) ? { type, revision, uid, epoch, object } : undefined;
}

export function parseAcks(payload: Uint8Array): Acks | undefined {
  const { epoch, saved } = fieldsOf(payload) ?? {};
  return typeof epoch === 'string' && isStrings(saved) ? { epoch, saved } : undefined;
}

const presenceStates: readonly string[] = ['ready', 'sleeping', 'stopped', 'lost'] satisfies PresenceState[];

function isPresenceState(value: unknown): value is PresenceState {
  return typeof value === 'string' && presenceStates.includes(value);
}

export function parsePresence(payload: Uint8Array): Presence | undefined {
  const { state, boot, since } = fieldsOf(payload) ?? {};
  if (!isPresenceState(state) || typeof boot !== 'string') return undefined;
  return { state, boot, since: typeof since === 'string' ? since : '' };
}

export function parseAgentSync(payload: Uint8Array): AgentSync | undefined {
  const { type, boot, epoch, revision, hash, versions } = fieldsOf(payload) ?? {};
  if (type === 'map') return isStrings(versions) ? { type, versions } : undefined;
  if (type !== 'digest' || typeof boot !== 'string' || typeof epoch !== 'string') return undefined;
  if (typeof revision !== 'string' || typeof hash !== 'string') return undefined;
  return { type, boot, epoch, revision, hash };
}

export function parseHubSync(payload: Uint8Array): HubSync | undefined {
  const { type, epoch, revision, uids, milliseconds, hubs } = fieldsOf(payload) ?? {};
  if (type === 'pause') return typeof milliseconds === 'number' ? { type, milliseconds } : undefined;
  if (type === 'report') return { type };
  if (type === 'hubs') return isBrokerAddresses(hubs) ? { type, hubs } : undefined;
  if (typeof epoch !== 'string') return undefined;
  if (type === 'different') return { type, epoch };
  if (type === 'gone') {
    return Array.isArray(uids) && uids.every((uid) => typeof uid === 'string')
      ? { type, epoch, uids }
      : undefined;
  }
  if (type !== 'equal' && type !== 'bookmark') return undefined;
  return typeof revision === 'string' ? { type, epoch, revision } : undefined;
}

/** Answers a text where the request is so malformed that it cannot be served; its `id`, where it has one, stands beside. */
export function parseRpcRequest(payload: Uint8Array): RpcRequest | { id: string | undefined; fault: string } {
  const fields = fieldsOf(payload);
  if (!fields) return { id: undefined, fault: 'the request is not a JSON object' };
  const { id, method, path, body, contentType } = fields;
  if (typeof id !== 'string' || id.length === 0 || id.length > 64) {
    return { id: undefined, fault: 'id: must be a string of 1–64 characters' };
  }
  if (typeof method !== 'string') return { id, fault: 'method: must be a string, e.g. GET' };
  if (typeof path !== 'string' || !path.startsWith('/')) {
    return { id, fault: 'path: must be a string that begins with /, e.g. /api/v1/pods' };
  }
  if (contentType !== undefined && typeof contentType !== 'string') {
    return { id, fault: 'contentType: must be a string' };
  }
  return {
    id,
    method,
    path,
    ...(body !== undefined && { body }),
    ...(contentType !== undefined && { contentType }),
  };
}

export function parseRpcResponse(payload: Uint8Array): RpcResponse | undefined {
  const { id, code, body } = fieldsOf(payload) ?? {};
  return typeof id === 'string' && typeof code === 'number' ? { id, code, body } : undefined;
}

/** An object of the watch tree; undefined: deleted (an empty payload). Throws `TypeError` for anything else. */
export function parseWatched<T extends KubeObject = KubeObject>(payload: Uint8Array): Live<T> | undefined {
  if (payload.length === 0) return undefined;
  const object = fieldsOf(payload);
  if (!isLive<T>(object)) throw new TypeError('a watch topic carries something that is no object of the API');
  return object;
}
