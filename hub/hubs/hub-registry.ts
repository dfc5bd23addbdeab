// Which hubs serve this cluster, and where. Each keeps a Lease `kelp-hub-<id>` in kube-system with its addresses in
// annotations, as upstream's API servers do. Whether another one lives is judged by our own clock, from when its Lease was
// last seen to change. A hub whose store is its own is alone: it writes and follows nothing.

import { type Lease, leases } from '../../shared/api/index.ts';
import { type Clock, deferred, type Logger, type Timer } from '../../shared/base/index.ts';
import type { Client } from '../../shared/client/index.ts';
import { ApiError, formatMicroTime, type Live } from '../../shared/machinery/index.ts';

/** A hub and its two doors. */
export interface HubInfo {
  /** e.g. `kelp-hub-1f0c9a2b`: the name of its Lease. */
  id: string;
  /** Name or address by which boards and other hubs reach it. */
  host: string;
  httpsPort: number;
  mqttPort: number;
}

export interface HubRegistryOptions {
  /** Told when the doors are open. */
  self: () => HubInfo;
  client: () => Client;
  /** True: other hubs may be there. */
  shared: boolean;
  clock: Clock;
  log: Logger;
}

const namespace = 'kube-system';
const label = 'kelp.dev/component';
const component = 'hub';
const annotations = {
  host: 'kelp.dev/host',
  httpsPort: 'kelp.dev/https-port',
  mqttPort: 'kelp.dev/mqtt-port',
};
const renewEveryMs = 3_000;
const aliveForMs = 10_000;
/** A hub that was silent for so long is not told to boards any more. */
const knownForMs = 24 * 3_600_000;

interface Known {
  info: HubInfo;
  resourceVersion: string;
  /** Of our monotonic clock. */
  changedAt: number;
  alive: boolean;
}

export class HubRegistry {
  private readonly options: HubRegistryOptions;
  private readonly known = new Map<string, Known>();
  private readonly listeners = new Set<() => void>();
  private following: { stop(): void } | undefined;
  private timer: Timer | undefined;
  private renewing: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(options: HubRegistryOptions) {
    this.options = options;
  }

  private get client(): Client {
    return this.options.client();
  }

  get self(): HubInfo {
    return this.options.self();
  }

  /** All hubs, this one first; those that were heard of lately among them, alive or not. */
  all(): HubInfo[] {
    const others = [...this.known.values()].map(({ info }) => info).filter(({ id }) => id !== this.self.id);
    return [this.self, ...others.sort((a, b) => a.id.localeCompare(b.id))];
  }

  alive(): HubInfo[] {
    return this.all().filter(({ id }) => this.isAlive(id));
  }

  isAlive(id: string): boolean {
    return id === this.self.id || (this.known.get(id)?.alive ?? false);
  }

  find(id: string): HubInfo | undefined {
    return this.all().find((hub) => hub.id === id);
  }

  /** Calls when a hub has come, moved, fallen silent or returned. */
  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** Resolves when the other hubs are known, so that nobody is told of this one alone. */
  async start(): Promise<void> {
    const { shared, log } = this.options;
    if (!shared) return;
    await this.renew();
    const listed = deferred();
    this.following = this.client.listWatch<Lease>(
      { resource: leases, namespace, labelSelector: `${label}=${component}` },
      {
        onReplace: ({ items }) => {
          const names = new Set(items.map(({ metadata }) => metadata.name));
          for (const id of this.known.keys()) if (!names.has(id)) this.known.delete(id);
          for (const lease of items) this.see(lease);
          this.tell();
          listed.resolve();
        },
        onEvent: ({ type, object }) => {
          if (type === 'DELETED') {
            if (this.known.delete(object.metadata.name)) this.tell();
          } else if (this.see(object)) this.tell();
        },
        onError: (error) => log.warn({ err: error }, 'the hubs could not be followed; trying again'),
      },
    );
    this.tick();
    await listed.promise;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    this.following?.stop();
    await this.renewing;
  }

  private tick(): void {
    this.timer = this.options.clock.after(renewEveryMs, () => {
      this.renewing = this.renew().catch((error: unknown) =>
        this.options.log.warn({ err: error }, 'the Lease of this hub could not be renewed'),
      );
      if (this.judge()) this.tell();
      if (!this.stopped) this.tick();
    });
  }

  /** Answers whether something is news to those who listen. */
  private see(lease: Live<Lease>): boolean {
    const info = infoOf(lease);
    const { name, resourceVersion } = lease.metadata;
    const before = this.known.get(name);
    if (!info) return this.known.delete(name);
    const now = this.options.clock.monotonic();
    const changedAt = before?.resourceVersion === resourceVersion ? before.changedAt : now;
    this.known.set(name, { info, resourceVersion, changedAt, alive: true });
    return !before?.alive || JSON.stringify(before.info) !== JSON.stringify(info);
  }

  /** Answers whether a hub has fallen silent. */
  private judge(): boolean {
    const now = this.options.clock.monotonic();
    let news = false;
    for (const [id, hub] of this.known) {
      const silentFor = now - hub.changedAt;
      if (silentFor > knownForMs) this.known.delete(id);
      if (!hub.alive || silentFor <= aliveForMs) continue;
      hub.alive = false;
      news = true;
    }
    return news;
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }

  private async renew(): Promise<void> {
    const { client } = this;
    const { clock } = this.options;
    const lease = leaseOf(this.self, formatMicroTime(clock.now()));
    const { metadata, spec } = lease;
    const key = { namespace, name: this.self.id };
    try {
      const change = { metadata: { annotations: metadata?.annotations, labels: metadata?.labels }, spec };
      await client.patch(leases, key, 'application/merge-patch+json', change);
    } catch (error) {
      if (!ApiError.is(error, 'NotFound')) throw error;
      await client.create(leases, lease);
    }
  }
}

function leaseOf(self: HubInfo, renewTime: string): Lease {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: self.id,
      namespace,
      labels: { [label]: component },
      annotations: {
        [annotations.host]: self.host,
        [annotations.httpsPort]: String(self.httpsPort),
        [annotations.mqttPort]: String(self.mqttPort),
      },
    },
    spec: { holderIdentity: self.id, leaseDurationSeconds: aliveForMs / 1000, renewTime },
  };
}

function infoOf({ metadata }: Live<Lease>): HubInfo | undefined {
  const host = metadata.annotations?.[annotations.host];
  const httpsPort = Number(metadata.annotations?.[annotations.httpsPort]);
  const mqttPort = Number(metadata.annotations?.[annotations.mqttPort]);
  if (!host || !Number.isInteger(httpsPort) || !Number.isInteger(mqttPort)) return undefined;
  return { id: metadata.name, host, httpsPort, mqttPort };
}
