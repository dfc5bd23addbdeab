// API aggregation: which server answers for which group and version, and in which order they are discovered, as APIServices
// say. What no APIService speaks of yet is served here all the same.

import { type APIService, apiservices, compareVersions } from '../../../shared/api/index.ts';
import type { Logger } from '../../../shared/base/index.ts';
import type { TransportRequest } from '../../../shared/client/index.ts';
import { ApiError, isConditionTrue, isRecord, type Live } from '../../../shared/machinery/index.ts';
import type { Change, Store, StoreError, Watch } from '../../store/index.ts';
import { isLiveOf, prefixOf } from '../kind.ts';
import { errorText } from '../plain-text.ts';
import type { RestAnswer, RestRequest, UserInfo } from '../request.ts';
import type { GroupVersions, ResourceIndex } from '../resource-index.ts';
import { noSuchResource } from '../rest-path.ts';
import { askRemote } from './ask-remote.ts';
import { builtInVersions, byItself, nameOf, prioritiesOf } from './priorities.ts';
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

interface Ranked {
  group: string;
  /** The highest of its versions'. */
  priority: number;
  versions: Map<string, number>;
}

export const unavailable = (): RestAnswer => errorText(503, 'service unavailable\n');

export class Aggregator {
  private readonly options: AggregatorOptions;
  private readonly services = new Map<string, Live<APIService>>();
  /** Those of other servers. */
  private readonly remote = new Map<string, Live<APIService>>();
  private watch: Watch | undefined;

  constructor(options: AggregatorOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    const { store } = this.options;
    const { objects, revision } = await store.list(prefixOf(apiservices));
    this.services.clear();
    this.remote.clear();
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
    const service = object && isLiveOf(apiservices, object) ? object : undefined;
    if (service) this.services.set(name, service);
    else this.services.delete(name);
    const { service: elsewhere, group } = service?.spec ?? {};
    // The core group and that of APIServices are served here, whatever is said: boards and hubs live on them.
    if (service && elsewhere && group && group !== byItself) this.remote.set(name, service);
    else this.remote.delete(name);
  }

  private onEnd(error: StoreError): void {
    const { log } = this.options;
    if (error.code === 'compacted')
      this.start().catch((cause: unknown) => log.error({ err: cause }, 'APIServices are not followed again'));
    else log.debug({ reason: error.message }, 'APIServices are no longer followed');
  }

  /** Undefined: it is answered here, or by nobody. */
  serviceOf(group: string, version: string): Live<APIService> | undefined {
    return this.remote.get(nameOf(group, version));
  }

  /** Of a path as it was sent; an OpenAPI document of a version is answered by who answers the version. */
  serviceAt(path: string): Live<APIService> | undefined {
    if (this.remote.size === 0) return undefined;
    const [, group = '', version = ''] = /^(?:\/openapi\/v3)?\/apis\/([^/?]+)\/([^/?]+)/.exec(path) ?? [];
    return group && version ? this.serviceOf(group, version) : undefined;
  }

  /** All that are discovered, in the order of their priorities; the core group is among them. */
  groups(): GroupVersions[] {
    const { index } = this.options;
    const builtIn = builtInVersions(index);
    const found = new Map<string, Ranked>();
    const learn = (group: string, version: string) => {
      const name = nameOf(group, version);
      const priorities = this.services.get(name)?.spec ?? prioritiesOf(group, version, !builtIn.has(name));
      const { groupPriorityMinimum, versionPriority } = priorities;
      const known = found.get(group) ?? { group, priority: 0, versions: new Map() };
      known.priority = Math.max(known.priority, groupPriorityMinimum);
      known.versions.set(version, versionPriority);
      found.set(group, known);
    };
    for (const { group, versions } of index.groups()) for (const version of versions) learn(group, version);
    for (const { spec } of this.remote.values()) learn(spec?.group ?? '', spec?.version ?? '');
    return [...found.values()].sort(byPriority).map(({ group, versions }) => ({
      group,
      versions: [...versions]
        .sort(([one, first], [other, second]) => second - first || compareVersions(one, other))
        .map(([version]) => version),
    }));
  }

  /** Those of other servers, in that order. */
  versions(): RemoteVersion[] {
    if (this.remote.size === 0) return [];
    return this.groups().flatMap(({ group, versions }) =>
      versions.flatMap((version) => {
        const service = this.serviceOf(group, version);
        return service ? [{ group, version, service }] : [];
      }),
    );
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

function byPriority(one: Ranked, other: Ranked): number {
  const rank = ({ group, priority }: Ranked) => (group === byItself ? Number.POSITIVE_INFINITY : priority);
  if (rank(one) !== rank(other)) return rank(other) - rank(one);
  return one.group < other.group ? -1 : 1;
}
