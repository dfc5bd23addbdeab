// The MQTT door: a request comes on `kelp/v1/rpc/<client>/request`, its answer goes out on `…/response`. Who asks is who
// holds the connection. Watches are topics here, so a watch is refused and its topic named; what another API server answers
// for has no topics, and is watched for some seconds at a time.

import type { Logger } from '../../../shared/base/index.ts';
import {
  filters,
  isLevel,
  parseRpcRequest,
  parseTopic,
  type RpcRequest,
  rpcTopic,
  type Subscription,
} from '../../../shared/bus/index.ts';
import { ApiError } from '../../../shared/machinery/index.ts';
import type { Auditor, AuditTrail } from '../audit/index.ts';
import { nodeOf } from '../auth/index.ts';
import { collect } from '../collect.ts';
import { wholeCharacters } from '../parse-json.ts';
import type { RestAnswer, RestRequest, UserInfo } from '../request.ts';
import { parseRestPath } from '../rest-path.ts';
import type { JsonTexts } from '../serialise.ts';
import { memberText } from './member-text.ts';
import { passOn, withDeadline } from './pass-on.ts';

/** The connection that a request came from; the broker has authenticated it. */
export interface RpcPeer {
  client: string;
  user: UserInfo;
  /** From which it has connected. */
  address?: string;
  /** Aborted when the connection is gone. */
  signal: AbortSignal;
}

/** What the door needs of the broker. */
export interface RpcBus {
  send(topic: string, payload: string, qos: 0 | 1): void;
  subscribe(
    filter: string,
    onMessage: (topic: string, payload: Buffer, info: unknown, peer?: RpcPeer) => void,
  ): Promise<Subscription>;
}

export interface MqttDoorOptions {
  bus: RpcBus;
  handle(request: RestRequest): Promise<RestAnswer>;
  /** Whether another server answers a path; default: none does. */
  passesOn?(path: string): boolean;
  texts: Pick<JsonTexts, 'text'>;
  log: Logger;
  /** Absent: nobody keeps an audit log. */
  audit?: Auditor | undefined;
  /** Requests of one client in work; more are answered 429. Default 64. */
  inFlight?: number;
  /** Bytes of a request; more are answered 413. Default 3 MiB. */
  requestBytes?: number;
  /** Bytes of an answer; more are answered 413. Default 8 MiB. */
  answerBytes?: number;
}

/** What is known of one connection. */
interface Caller {
  inFlight: number;
  /** Ids that were seen, oldest first: a message that is delivered twice is answered once. */
  seen: Set<string>;
}

const idsKept = 256;
/** With its query: as much as over HTTPS. */
const longestPath = 64 * 1024;

export class MqttDoor {
  private readonly options: MqttDoorOptions;
  private readonly callers = new WeakMap<AbortSignal, Caller>();
  private subscription: Subscription | undefined;

  constructor(options: MqttDoorOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    this.subscription = await this.options.bus.subscribe(
      filters.everyRequest,
      (topic, payload, _info, peer) => {
        const parsed = parseTopic(topic);
        if (parsed?.kind === 'rpc' && peer?.client === parsed.client) this.hear(payload, peer);
      },
    );
  }

  async stop(): Promise<void> {
    await this.subscription?.stop();
  }

  private hear(payload: Buffer, peer: RpcPeer): void {
    const { log, requestBytes = 3 * 1024 * 1024, inFlight: limit = 64 } = this.options;
    const request = parseRpcRequest(payload);
    if ('fault' in request) {
      if (request.id) this.refuse(peer, request.id, new ApiError('BadRequest', request.fault));
      else log.debug({ client: peer.client, fault: request.fault }, 'a request that cannot be answered');
      return;
    }
    const caller = this.callerOf(peer);
    if (caller.seen.has(request.id)) return;
    remember(caller.seen, request.id);
    if (payload.length > requestBytes) {
      const message = `the request has ${payload.length} bytes; at most ${requestBytes} are taken`;
      this.refuse(peer, request.id, new ApiError('RequestEntityTooLarge', message));
      return;
    }
    if (request.path.length > longestPath) {
      const message = `the path has ${request.path.length} characters; at most ${longestPath} are taken`;
      this.refuse(peer, request.id, new ApiError('RequestEntityTooLarge', message));
      return;
    }
    if (caller.inFlight >= limit) {
      const message = `more than ${limit} requests of this connection are in work`;
      this.refuse(peer, request.id, new ApiError('TooManyRequests', message, { retryAfterSeconds: 1 }));
      return;
    }
    caller.inFlight += 1;
    const { method, path } = request;
    const { user, address } = peer;
    const sourceIps = address ? [address] : [];
    const trail = this.options.audit?.begin({ method, path, user, sourceIps, userAgent: agentOf(peer) });
    this.serve(request, payload, peer, trail)
      .catch((error: unknown) => {
        const known = error instanceof ApiError ? error : undefined;
        if (!known) {
          log.error({ err: error, client: peer.client }, 'a request failed at the MQTT door');
          trail?.panics(error);
        }
        const shown = known ?? new ApiError('InternalError', 'Internal error occurred: the request failed');
        trail?.fails(shown);
        this.refuse(peer, request.id, shown);
      })
      .finally(() => {
        trail?.ends();
        caller.inFlight -= 1;
      });
  }

  private async serve(
    request: RpcRequest,
    payload: Buffer,
    peer: RpcPeer,
    trail: AuditTrail | undefined,
  ): Promise<void> {
    const { id, method, contentType = 'application/json' } = request;
    const { answerBytes = 8 * 1024 * 1024, passesOn } = this.options;
    const watches = isWatch(request);
    if (watches && !passesOn?.(request.path)) refuseWatch(request);
    const path = watches ? withDeadline(request.path) : request.path;
    const sent = request.body === undefined ? undefined : memberText(payload.toString(), 'body');
    const text = sent && wholeCharacters(sent);
    const body: unknown = text === sent ? request.body : JSON.parse(text ?? '');
    const answer = await this.options.handle({
      method,
      path,
      user: peer.user,
      contentType,
      ...(body !== undefined && { body, text }),
      userAgent: agentOf(peer),
      signal: peer.signal,
      onGone: (call) => onAborted(peer.signal, call),
      audit: trail,
    });
    try {
      if (answer.type !== 'proxy') {
        const said = await this.textOf(answer);
        trail?.answers(answer);
        this.answer(peer, id, answer.code, said, answer.warnings);
        return;
      }
      const limits = { signal: peer.signal, limit: answerBytes };
      const passed = await passOn(answer.target, { ...request, watches }, text, limits);
      if (passed.text === undefined) throw tooLong(answerBytes, 'ask for less at a time: limit=500');
      trail?.begins(passed.code);
      this.answer(peer, id, passed.code, passed.text, passed.warnings);
    } finally {
      answer.turn?.ends();
    }
  }

  /** JSON of the answer's body. */
  private async textOf(answer: Exclude<RestAnswer, { type: 'proxy' }>): Promise<string> {
    const { texts, answerBytes = 8 * 1024 * 1024 } = this.options;
    switch (answer.type) {
      case 'object': {
        const text = texts.text(answer.body);
        if (text.length > answerBytes) throw tooLong(answerBytes, 'ask for less at a time: limit=500');
        return text;
      }
      case 'bytes': {
        const text = answer.body.toString('utf8');
        return answer.contentType.startsWith('application/json') ? text : JSON.stringify(text);
      }
      case 'stream': {
        const bytes = await collect(answer.stream, answerBytes);
        if (!bytes) throw tooLong(answerBytes, 'ask for less: tailLines or limitBytes');
        return JSON.stringify(bytes.toString('utf8'));
      }
      case 'session':
        throw new ApiError('MethodNotAllowed', 'streams are opened over HTTPS, not over MQTT');
      case 'watch':
        answer.events.stop();
        throw watchesAreTopics('kelp/v1/watch/#');
    }
  }

  private refuse(peer: RpcPeer, id: string, error: ApiError): void {
    this.answer(peer, id, error.code, JSON.stringify(error.toStatus()));
  }

  /** An answer belongs to the connection that asked, not to whoever has its client id by now. */
  private answer(
    peer: RpcPeer,
    id: string,
    code: number,
    body: string,
    warnings: readonly string[] = [],
  ): void {
    if (peer.signal.aborted) return;
    const more = warnings.length > 0 ? `,"warnings":${JSON.stringify(warnings)}` : '';
    const text = `{"id":${JSON.stringify(id)},"code":${code}${more},"body":${body}}`;
    this.options.bus.send(rpcTopic(peer.client, 'response'), text, 1);
  }

  private callerOf({ signal }: RpcPeer): Caller {
    const known = this.callers.get(signal);
    if (known) return known;
    const caller = { inFlight: 0, seen: new Set<string>() };
    this.callers.set(signal, caller);
    return caller;
  }
}

function onAborted(signal: AbortSignal, call: () => void): () => void {
  signal.addEventListener('abort', call, { once: true });
  return () => signal.removeEventListener('abort', call);
}

/** What MQTT has no word for: the program. Boards have one whose name is known, also to tools that look for it. */
function agentOf({ client, user }: RpcPeer): string {
  return `${nodeOf(user) === undefined ? 'mqtt' : 'kubelet'}/${client}`;
}

function remember(seen: Set<string>, id: string): void {
  seen.add(id);
  const [oldest] = seen;
  if (seen.size > idsKept && oldest !== undefined) seen.delete(oldest);
}

const nowhere = { group: '', resource: '', namespace: undefined };

function isWatch({ method, path }: RpcRequest): boolean {
  const parsed = parseRestPath(method, path);
  const watch = parsed.query.get('watch');
  const watches = parsed.type === 'resource' && parsed.verb === 'watch';
  return watches || (watch !== null && !['false', '0'].includes(watch));
}

/** Throws MethodNotAllowed, which names the topic. */
function refuseWatch({ method, path }: RpcRequest): never {
  const parsed = parseRestPath(method, path);
  const { group, resource, namespace } = parsed.type === 'resource' ? parsed : nowhere;
  const named = isLevel(resource) && [group, namespace].every((part) => !part || isLevel(part));
  throw watchesAreTopics(
    named ? filters.watch({ group, resource, ...(namespace && { namespace }) }) : 'kelp/v1/watch/#',
  );
}

function watchesAreTopics(filter: string): ApiError {
  return new ApiError('MethodNotAllowed', `over MQTT a watch is a subscription: subscribe to ${filter}`);
}

function tooLong(limit: number, hint: string): ApiError {
  return new ApiError('RequestEntityTooLarge', `the answer has more than ${limit} bytes; ${hint}`);
}
