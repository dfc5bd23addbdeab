// What is logged of one request, stage by stage (k8s.io/apiserver/pkg/endpoints/filters/audit.go):
//
//   RequestReceived ─▶ (ResponseStarted, of what lasts) ─▶ ResponseComplete
//          └──────────────── an error of ours ───────────▶ Panic

import type { ApiError, JsonObject, KubeObject } from '../../../shared/machinery/index.ts';
import {
  formatMicroTime,
  goDuration,
  isRecord,
  mutableCopy,
  qualifiedName,
} from '../../../shared/machinery/index.ts';
import type { RequestAudit, RestAnswer, UserInfo } from '../request.ts';
import type { OtherPath, ResourcePath } from '../rest-path.ts';
import { isList } from '../serialise.ts';
import { type Level, levels, type Scope, type Stage } from './audit-policy.ts';

export interface TrailOptions {
  id: string;
  scope: Scope;
  path: ResourcePath | OtherPath;
  uri: string;
  user: UserInfo;
  sourceIps: readonly string[];
  userAgent: string;
  /** Milliseconds since the epoch. */
  now(): number;
  /** JSON of an object. */
  text(value: unknown): string;
  /** Takes a line of the log. Never throws. */
  write(line: string): void;
}

const slowMs = 500;

export class AuditTrail implements RequestAudit {
  readonly id: string;
  private readonly options: TrailOptions;
  private readonly receivedAt: number;
  private readonly annotations = new Map<string, string>();
  private readonly objectRef: Record<string, string> | undefined;
  private impersonated: UserInfo | undefined;
  private status: JsonObject | undefined;
  private requestText: string | undefined;
  private responseText: string | undefined;
  private state: 'open' | 'broken' | 'ended' = 'open';

  constructor(options: TrailOptions) {
    this.id = options.id;
    this.options = options;
    this.receivedAt = options.now();
    this.objectRef = refTo(options.path);
  }

  receives(): void {
    this.log('RequestReceived', this.receivedAt);
  }

  actsAs(user: UserInfo): void {
    this.impersonated = user;
  }

  decides({ allowed, reason = '' }: { allowed: boolean; reason?: string }): void {
    this.annotate('authorization.k8s.io/decision', allowed ? 'allow' : 'forbid');
    this.annotate('authorization.k8s.io/reason', reason);
  }

  annotate(key: string, value: string, level: Level = 'Metadata'): void {
    if (!this.reaches(level)) return;
    if (this.annotations.has(key) || key.split('/').length !== 2 || qualifiedName(key).length > 0) return;
    this.annotations.set(key, value);
  }

  sends(object: KubeObject, fill?: (object: KubeObject) => void): void {
    const { namespace, name, uid, resourceVersion } = object.metadata ?? {};
    for (const [field, value] of Object.entries({ namespace, name, uid, resourceVersion }))
      if (this.objectRef && value) this.objectRef[field] ??= value;
    if (!this.reaches('Request')) return;
    const whole = mutableCopy(object);
    fill?.(whole);
    this.requestText = this.textOf(whole);
  }

  sendsPart(body: unknown): void {
    if (this.reaches('Request')) this.requestText = this.options.text(body);
  }

  /** What a door is about to send. */
  answers(answer: RestAnswer): void {
    if (answer.type === 'object') this.hear(answer.body);
    // Another server's answer has its own code.
    if (answer.type !== 'proxy') this.begins(answer.code);
  }

  /** The code that the client is told. */
  begins(code: number): void {
    this.status = { metadata: {}, ...this.status, code };
    if (lasts(this.options.path)) this.log('ResponseStarted');
  }

  /** Whoever it is, they are not let in: that is all there is to tell. */
  refuses(error: ApiError): void {
    const { code } = error;
    this.hear(error.toStatus());
    this.status = { metadata: {}, ...this.status, code };
    this.state = 'ended';
    this.log('ResponseStarted');
  }

  panics(error: unknown): void {
    this.state = 'broken';
    const why = error instanceof Error ? error.message : String(error);
    const reason = 'InternalError';
    const message = `APIServer panic'd: ${why}`;
    this.status = { metadata: {}, status: 'Failure', message, reason, code: 500 };
  }

  /** The answer is sent, or the client has gone. */
  ends(): void {
    if (this.state === 'ended') return;
    const stage = this.state === 'broken' ? 'Panic' : 'ResponseComplete';
    this.state = 'ended';
    const early = { metadata: {}, status: 'Success', message: 'Connection closed early', code: 200 };
    if (!this.status && stage === 'ResponseComplete') this.status = early;
    this.noteLatency();
    this.log(stage);
  }

  /** As upstream: of what was slow, and need not have been. */
  private noteLatency(): void {
    const { path, now } = this.options;
    const took = now() - this.receivedAt;
    if (took > slowMs && !lasts(path)) this.annotate('apiserver.latency.k8s.io/total', goDuration(took));
  }

  fails(error: ApiError): void {
    this.answers({ type: 'object', code: error.code, body: error.toStatus() });
  }

  private hear(body: unknown): void {
    if (this.reaches('RequestResponse')) this.responseText = this.textOf(body);
    if (this.state === 'broken' || !isRecord(body) || body.kind !== 'Status') return;
    const { status, message, reason, details } = body;
    this.status = {
      metadata: {},
      ...(status !== undefined && { status }),
      ...(message !== undefined && { message }),
      ...(reason !== undefined && { reason }),
      ...(details !== undefined && { details }),
    };
  }

  private reaches(level: Level): boolean {
    return levels.indexOf(this.options.scope.level) >= levels.indexOf(level);
  }

  private textOf(body: unknown): string {
    const { scope, text } = this.options;
    return text(scope.omitManagedFields ? withoutManagedFields(body) : body);
  }

  private log(stage: Stage, at = this.options.now()): void {
    const { scope, uri, path, user, sourceIps, userAgent, write } = this.options;
    if (!this.reaches('Metadata') || scope.omitStages.includes(stage)) return;
    const head = {
      ...{ kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: scope.level, auditID: this.id, stage },
      ...{ requestURI: uri, verb: path.verb, user: shown(user) },
      ...(this.impersonated && { impersonatedUser: shown(this.impersonated) }),
      ...(sourceIps.length > 0 && { sourceIPs: sourceIps }),
      ...(userAgent && { userAgent }),
      ...(this.objectRef && { objectRef: inOrder(this.objectRef) }),
      ...(this.status && { responseStatus: this.status }),
    };
    const tail = {
      requestReceivedTimestamp: formatMicroTime(this.receivedAt),
      stageTimestamp: formatMicroTime(at),
      ...(this.annotations.size > 0 && { annotations: Object.fromEntries(this.annotations) }),
    };
    const request = this.requestText === undefined ? '' : `,"requestObject":${this.requestText}`;
    const response = this.responseText === undefined ? '' : `,"responseObject":${this.responseText}`;
    write(`${JSON.stringify(head).slice(0, -1)}${request}${response},${JSON.stringify(tail).slice(1)}\n`);
  }
}

const lastingSubresources = ['attach', 'exec', 'proxy', 'log', 'portforward'];

/** Requests whose answer may take as long as it likes: they are logged when it begins too. */
function lasts(path: ResourcePath | OtherPath): boolean {
  if (path.type === 'other') return false;
  return path.verb === 'watch' || lastingSubresources.includes(path.subresource ?? '');
}

function refTo(path: ResourcePath | OtherPath): Record<string, string> | undefined {
  if (path.type === 'other') return undefined;
  const { resource, namespace, name, group, version, subresource } = path;
  return {
    resource,
    ...(namespace && { namespace }),
    ...(name && { name }),
    ...(group && { apiGroup: group }),
    apiVersion: version,
    ...(subresource && { subresource }),
  };
}

const refFields = ['resource', 'namespace', 'name', 'uid', 'apiGroup', 'apiVersion', 'resourceVersion'];

function inOrder(ref: Record<string, string>): Record<string, string | undefined> {
  return Object.fromEntries([...refFields, 'subresource'].map((field) => [field, ref[field]]));
}

function shown({ name, uid, groups, extra }: UserInfo): JsonObject {
  return {
    ...(name && { username: name }),
    ...(uid && { uid }),
    ...(groups.length > 0 && { groups: [...groups] }),
    ...(extra && { extra }),
  };
}

/** Of an object, of the items of a list, and of the rows of a table. */
function withoutManagedFields(body: unknown): unknown {
  if (!isRecord(body)) return body;
  if (isList(body)) return { ...body, items: body.items.map(withoutManagedFields) };
  if (body.kind === 'Table' && Array.isArray(body.rows)) {
    const rows = body.rows.map((row) =>
      isRecord(row) && row.object !== undefined ? { ...row, object: withoutManagedFields(row.object) } : row,
    );
    return { ...body, rows };
  }
  if (!isRecord(body.metadata)) return body;
  const { managedFields: _, ...metadata } = body.metadata;
  return { ...body, metadata };
}
