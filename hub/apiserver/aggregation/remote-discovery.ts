// What other API servers serve, for this one's discovery and OpenAPI, and for namespaces that go: asked once for as long as
// their APIService is the same, and again after a minute, or soon where one was silent.

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
  /** Undefined: its server does not say. */
  resources: Entry[] | undefined;
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
  document: Promise<Record<string, unknown> | undefined>;
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
        const document = await this.document(remote, `/apis/${group}/${version}`);
        const resources = document?.resources;
        return {
          group,
          version,
          resources: Array.isArray(resources) ? resources.filter(isRecord) : undefined,
        };
      }),
    );
  }

  /** What others serve of namespaces: of each resource the version that they prefer. */
  async namespaced(): Promise<NamespacedElsewhere> {
    const found = new Map<string, ResourceElsewhere>();
    const silent: string[] = [];
    for (const { group, version, resources } of await this.versions()) {
      if (!resources) silent.push(`${group}/${version}`);
      for (const { name, kind, namespaced, verbs } of resources ?? []) {
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
      const paths = (await this.document(remote, '/openapi/v3'))?.paths;
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
        document: await this.document(remote, '/openapi/v2'),
      })),
    );
    return found.flatMap(({ prefix, document }) => (document ? [{ prefix, document }] : []));
  }

  private document({ service }: RemoteVersion, path: string): Promise<Record<string, unknown> | undefined> {
    const { aggregator, clock } = this.options;
    const { name, resourceVersion } = service.metadata;
    const now = clock.monotonic();
    const key = `${name} ${path}`;
    const known = this.kept.get(key);
    if (known && known.resourceVersion === resourceVersion && now < known.until) return known.document;
    const names = new Set(aggregator.versions().map((each) => each.service.metadata.name));
    for (const other of this.kept.keys())
      if (!names.has(other.slice(0, other.indexOf(' ')))) this.kept.delete(other);
    const document = aggregator.fetch(service, path);
    const kept = { resourceVersion, until: now + freshMs, document };
    this.kept.set(key, kept);
    return document.then((found) => {
      if (!found) kept.until = clock.monotonic() + silentMs;
      return found;
    });
  }
}
