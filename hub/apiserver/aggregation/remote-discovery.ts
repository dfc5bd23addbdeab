// What other API servers serve, for this one's discovery and OpenAPI, and for namespaces that go: asked once for as long as
// their APIService is the same, and again after a minute, or soon where one was silent. Until then its last word stands.

import type { ResourceNames } from '../../../shared/api/index.ts';
import type { Clock } from '../../../shared/base/index.ts';
import { isRecord } from '../../../shared/machinery/index.ts';
import type { GroupVersions } from '../resource-index.ts';
import type { Aggregator, RemoteVersion } from './aggregator.ts';

export interface RemoteDiscoveryOptions {
  aggregator: Aggregator;
  clock: Clock;
}

/** As in the older discovery documents. */
type Entry = Record<string, unknown>;

export interface DiscoveredVersion {
  group: string;
  version: string;
  /** As its server last said. */
  resources: Entry[];
  /** It does not say now. */
  stale: boolean;
}

export interface ResourceElsewhere extends ResourceNames {
  verbs: readonly string[];
}

export interface NamespacedElsewhere {
  resources: ResourceElsewhere[];
  /** `GROUP/VERSION` whose server does not say what it serves. */
  silent: string[];
}

interface Kept {
  resourceVersion: string;
  until: number;
  heard: Promise<Heard>;
}

interface Heard {
  /** What its server said last; undefined: nothing yet. */
  document: Record<string, unknown> | undefined;
  stale: boolean;
}

/** Milliseconds. */
const freshMs = 60_000;
/** The same of a server that was silent: a namespace may wait for its word. */
const silentMs = 5_000;

export class RemoteDiscovery {
  private readonly options: RemoteDiscoveryOptions;
  private kept = new Map<string, Kept>();

  constructor(options: RemoteDiscoveryOptions) {
    this.options = options;
  }

  /** Of all servers. */
  get groups(): GroupVersions[] {
    return this.options.aggregator.groups();
  }

  async versions(): Promise<DiscoveredVersion[]> {
    return Promise.all(
      this.options.aggregator.versions().map(async (remote) => {
        const { group, version } = remote;
        const { document, stale } = await this.hear(remote, `/apis/${group}/${version}`);
        const { resources } = document ?? {};
        return Array.isArray(resources)
          ? { group, version, resources: resources.filter(isRecord), stale }
          : { group, version, resources: [], stale: true };
      }),
    );
  }

  /** What others serve of namespaces: of each resource the version that they prefer. */
  async namespaced(): Promise<NamespacedElsewhere> {
    const found = new Map<string, ResourceElsewhere>();
    const silent: string[] = [];
    for (const { group, version, resources, stale } of await this.versions()) {
      if (stale) silent.push(`${group}/${version}`);
      for (const { name, kind, namespaced, verbs } of stale ? [] : resources) {
        if (typeof name !== 'string' || typeof kind !== 'string' || namespaced !== true) continue;
        const noun = `${name}.${group}`;
        if (name.includes('/') || found.has(noun)) continue;
        const known = Array.isArray(verbs) ? verbs.map(String) : [];
        found.set(noun, { group, version, kind, resource: name, namespaced, verbs: known });
      }
    }
    return { resources: [...found.values()], silent };
  }

  /** `apis/GROUP/VERSION` → the address of its OpenAPI v3 document. */
  async openApiPaths(): Promise<Record<string, { serverRelativeURL: string }>> {
    const found: Record<string, { serverRelativeURL: string }> = {};
    for (const remote of this.options.aggregator.versions()) {
      const path = `apis/${remote.group}/${remote.version}`;
      const paths = (await this.hear(remote, '/openapi/v3')).document?.paths;
      const entry = isRecord(paths) ? paths[path] : undefined;
      const url = isRecord(entry) ? entry.serverRelativeURL : undefined;
      if (typeof url === 'string') found[path] = { serverRelativeURL: url };
    }
    return found;
  }

  /** Of each version, what its server describes in OpenAPI v2. */
  async swaggers(): Promise<{ prefix: string; document: Record<string, unknown> }[]> {
    const found = await Promise.all(
      this.options.aggregator.versions().map(async (remote) => ({
        prefix: `/apis/${remote.group}/${remote.version}`,
        document: (await this.hear(remote, '/openapi/v2')).document,
      })),
    );
    return found.flatMap(({ prefix, document }) => (document ? [{ prefix, document }] : []));
  }

  private hear({ service }: RemoteVersion, path: string): Promise<Heard> {
    const { aggregator, clock } = this.options;
    const { name, resourceVersion } = service.metadata;
    const now = clock.monotonic();
    const key = `${name} ${path}`;
    const known = this.kept.get(key);
    if (known && known.resourceVersion === resourceVersion && now < known.until) return known.heard;
    const names = new Set(aggregator.versions().map((each) => each.service.metadata.name));
    for (const other of this.kept.keys())
      if (!names.has(other.slice(0, other.indexOf(' ')))) this.kept.delete(other);
    const heard = this.ask(service, path, known?.heard);
    const kept = { resourceVersion, until: now + freshMs, heard };
    this.kept.set(key, kept);
    return heard.then((found) => {
      if (found.stale) kept.until = clock.monotonic() + silentMs;
      return found;
    });
  }

  private async ask(
    service: RemoteVersion['service'],
    path: string,
    before: Promise<Heard> | undefined,
  ): Promise<Heard> {
    const found = await this.options.aggregator.fetch(service, path);
    return found ? { document: found, stale: false } : { document: (await before)?.document, stale: true };
  }
}
