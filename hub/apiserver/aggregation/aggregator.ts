// API aggregation: groups and versions that another API server answers for, as APIServices say. Which those are is known at
// every moment; what is served here comes first.

import { type APIService, apiservices } from '../../../shared/api/index.ts';
import type { Logger } from '../../../shared/base/index.ts';
import type { TransportRequest } from '../../../shared/client/index.ts';
import { ApiError, isConditionTrue, isRecord, type Live } from '../../../shared/machinery/index.ts';
import type { Change, Store, StoreError, Watch } from '../../store/index.ts';
import { isLiveOf, prefixOf } from '../kind.ts';
import { text } from '../plain-text.ts';
import type { RestAnswer, RestRequest, UserInfo } from '../request.ts';
import type { ResourceIndex } from '../resource-index.ts';
import { noSuchResource } from '../rest-path.ts';
import { askRemote } from './ask-remote.ts';
import type { RemoteServers } from './remote-server.ts';

export interface AggregatorOptions {
  store: Store;
  index: ResourceIndex;
  servers: RemoteServers;
  log: Logger;
}

/** A version that another server answers for. */
export interface RemoteVersion {
  group: string;
  version: string;
  service: Live<APIService>;
}

export const unavailable = (): RestAnswer => text(503, 'service unavailable\n');

export class Aggregator {
  private readonly options: AggregatorOptions;
  private readonly services = new Map<string, Live<APIService>>();
  private watch: Watch | undefined;
  /** Counts what came, went or changed. */
  changes = 0;

  constructor(options: AggregatorOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    const { store } = this.options;
    const { objects, revision } = await store.list(prefixOf(apiservices));
    this.services.clear();
    for (const object of objects) this.learn(object.metadata.name, object);
    this.watch = store.watch(
      prefixOf(apiservices),
      { onChanges: (changes) => this.hear(changes), onEnd: (error) => this.onEnd(error) },
      revision,
    );
  }

  stop(): void {
    this.watch?.stop();
  }

  private hear(changes: readonly Change[]): void {
    for (const { object, previous } of changes) {
      const name = (object ?? previous)?.metadata.name;
      if (name !== undefined) this.learn(name, object);
    }
  }

  private learn(name: string, object: Live | undefined): void {
    this.changes += 1;
    if (object && isLiveOf(apiservices, object) && object.spec?.service) this.services.set(name, object);
    else this.services.delete(name);
  }

  private onEnd(error: StoreError): void {
    const { log } = this.options;
    if (error.code === 'compacted')
      this.start().catch((cause: unknown) => log.error({ err: cause }, 'APIServices are not followed again'));
    else log.debug({ reason: error.message }, 'APIServices are no longer followed');
  }

  /** Undefined: it is answered here, or by nobody. */
  serviceOf(group: string, version: string): Live<APIService> | undefined {
    if (this.services.size === 0) return undefined;
    const service = this.services.get(`${version}.${group}`);
    return service && this.options.index.inVersion(group, version).length === 0 ? service : undefined;
  }

  /** Of a path as it was sent; an OpenAPI document of a version is answered by who answers the version. */
  serviceAt(path: string): Live<APIService> | undefined {
    if (this.services.size === 0) return undefined;
    const [, group = '', version = ''] = /^(?:\/openapi\/v3)?\/apis\/([^/?]+)\/([^/?]+)/.exec(path) ?? [];
    return group && version ? this.serviceOf(group, version) : undefined;
  }

  /** In the order of their priorities. */
  versions(): RemoteVersion[] {
    return [...this.services.values()]
      .flatMap((service) => {
        const { group = '', version = '' } = service.spec ?? {};
        return this.serviceOf(group, version) ? [{ group, version, service }] : [];
      })
      .sort(byPriority);
  }

  /** Answers the exchange, which the door carries out. */
  async answer(
    service: Live<APIService>,
    { path, user, audit }: Pick<RestRequest, 'path' | 'user' | 'audit'>,
  ): Promise<RestAnswer> {
    if (!isConditionTrue(service.status?.conditions, 'Available')) return unavailable();
    try {
      const target = await this.options.servers.target(service, path, user, audit?.id);
      return { type: 'proxy', code: 200, target };
    } catch (error) {
      this.options.log.info({ err: error, service: service.metadata.name }, 'an API server has no endpoint');
      return unavailable();
    }
  }

  /** For a part of this process. Throws ApiError. */
  async ask(request: TransportRequest, user: UserInfo): Promise<unknown> {
    const service = this.serviceOf(request.resource.group, request.resource.version);
    if (!service) throw noSuchResource();
    if (!isConditionTrue(service.status?.conditions, 'Available'))
      throw new ApiError('ServiceUnavailable', 'service unavailable');
    return askRemote(this.options.servers, service, request, user);
  }

  /** Parsed; undefined: there is none now. */
  async fetch(service: Live<APIService>, path: string): Promise<Record<string, unknown> | undefined> {
    if (!isConditionTrue(service.status?.conditions, 'Available')) return undefined;
    try {
      const { code, body } = await this.options.servers.get(service, path, 'application/json');
      const parsed: unknown = code === 200 ? JSON.parse(body.toString()) : undefined;
      return isRecord(parsed) ? parsed : undefined;
    } catch (error) {
      this.options.log.info({ err: error, service: service.metadata.name, path }, 'an API server is silent');
      return undefined;
    }
  }
}

function byPriority(one: RemoteVersion, other: RemoteVersion): number {
  const of = ({ service: { spec } }: RemoteVersion) => [
    spec?.groupPriorityMinimum ?? 0,
    spec?.versionPriority ?? 0,
  ];
  const [group = 0, version = 0] = of(one);
  const [otherGroup = 0, otherVersion = 0] = of(other);
  if (one.group !== other.group) return otherGroup - group || (one.group < other.group ? -1 : 1);
  return otherVersion - version || (one.version < other.version ? -1 : 1);
}
