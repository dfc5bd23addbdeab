// The composition root of an agent: joins where it must, then builds every part and starts them in order.

import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { volumesFolderAnnotation } from '../shared/api/index.ts';
import { type Clock, deferred, type Logger, type Part, startAll, stopAll } from '../shared/base/index.ts';
import { agentRuntimes } from './agent-runtimes.ts';
import { BoardShutdown } from './board-shutdown.ts';
import { type AgentConfig, inData } from './config.ts';
import { evictionPolicy } from './eviction-policy.ts';
import { imageGcPolicy } from './image-gc-policy.ts';
import { type Identity, loadIdentity, whoAmI } from './join/index.ts';
import { EventRecorder, hasManifests, Kubelet, type KubeletOptions } from './kubelet/index.ts';
import { Link, noHub } from './link/index.ts';
import {
  allocatableOf,
  type BoardFacts,
  boardFacts,
  boardLabels,
  boardStats,
  type NodeAllocatable,
  NodeReporter,
  nodeIps,
} from './node/index.ts';
import { reservedOn } from './reserved.ts';
import { shutdownPeriods } from './shutdown-policy.ts';

export interface AgentOptions {
  config: AgentConfig;
  clock: Clock;
  log: Logger;
}

/** What the parts of a kubelet are, with or without a hub. */
type KubeletParts = Pick<
  KubeletOptions,
  'runtimes' | 'desired' | 'reporter' | 'tokenRequests' | 'nodeName'
> & {
  facts: BoardFacts;
  hub?: string;
};

const joinAgainMs = 10_000;

interface Assembled {
  nodeName: string;
  link: Link;
  parts: Part[];
}

export class Agent {
  private readonly options: AgentOptions;
  private readonly node = deferred<string>();
  private readonly ending = new AbortController();
  private parts: Part[] = [];
  private joining: Promise<void> | undefined;

  constructor(options: AgentOptions) {
    this.options = options;
  }

  /** Resolves with the node's name once the hub has it: not before there is a connection. */
  get registered(): Promise<string> {
    return this.node.promise;
  }

  /**
   * Resolves when the workloads are in its hands; a hub is only needed to join. A board that has static pods does not
   * wait for that: it runs them, and joins when it can.
   */
  async start(): Promise<void> {
    await this.sayWhatIsMissing();
    const { dataDir } = this.options.config;
    const known = await loadIdentity(dataDir);
    if (known || !(await hasManifests(this.staticPodPath))) return this.startAs(await whoAmI(this.options));
    await this.startAlone();
    this.joining = this.joinLater();
  }

  async runUntil(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.ending.abort();
    await this.joining;
    await stopAll(this.parts.splice(0));
  }

  private get staticPodPath(): string {
    const { config } = this.options;
    return config.staticPodPath || inData(config, 'manifests');
  }

  private get localVolumes(): string {
    const { config } = this.options;
    return config.volumesDir ? resolve(config.volumesDir) : inData(config, 'volumes');
  }

  private async startAs(identity: Identity): Promise<void> {
    const { parts, link, nodeName } = await this.assemble(identity);
    this.parts = parts;
    await startAll(parts);
    link.registered.then(() => this.node.resolve(nodeName), this.node.reject);
  }

  /** Static pods only. Once the board has joined, their containers are taken over as by any agent that starts again. */
  private async startAlone(): Promise<void> {
    const { config, clock, log } = this.options;
    const { runtimes } = await agentRuntimes({
      config,
      range: noHub.range,
      onNetworkChange: () => {},
      clock,
      log,
    });
    const kubelet = this.kubelet({
      ...{ runtimes, desired: noHub, reporter: noHub, nodeName: config.nodeName },
      tokenRequests: noHub,
      facts: await boardFacts(config.dataDir),
    });
    this.parts = [
      { name: 'kubelet', start: () => kubelet.start(), stop: () => kubelet.stop({ stopPods: false }) },
    ];
    await startAll(this.parts);
  }

  private async joinLater(): Promise<void> {
    const { clock, log } = this.options;
    const { signal } = this.ending;
    while (!signal.aborted) {
      try {
        const identity = await whoAmI(this.options);
        await stopAll(this.parts.splice(0));
        return await this.startAs(identity);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log.error({ reason }, 'this board runs its static pods only');
        await clock.sleep(joinAgainMs, signal).catch(() => undefined); // the agent is stopping
      }
    }
  }

  /** Each start looks at the board as `kelp agent check` does. */
  private async sayWhatIsMissing(): Promise<void> {
    const { config, clock, log } = this.options;
    const { preflight } = await import('./preflight/index.ts');
    for (const { name, fault } of await preflight({ ...config, now: clock.now() }))
      if (fault) log.warn({ check: name, remedy: fault.remedy }, fault.says);
  }

  private async assemble(identity: Identity): Promise<Assembled> {
    const { config, clock, log } = this.options;
    const { nodeName } = identity;
    const part = (name: string) => log.child({ part: name });
    const facts = await boardFacts(config.dataDir);

    const link: Link = new Link({
      hub: { host: new URL(identity.hub).hostname.replace(/^\[|\]$/g, ''), port: identity.mqttPort },
      tls: { ca: identity.ca, cert: identity.certificate, key: identity.key },
      nodeName,
      directory: config.dataDir,
      bootId: randomUUID(),
      streamSource: { open: (request) => kubelet.streams.open(request) },
      leaseSeconds: config.leaseSeconds,
      keepalive: config.keepaliveSeconds,
      clock,
      log: part('link'),
    });
    const { runtimes, processes } = await agentRuntimes({
      ...{ config, range: link.range, onNetworkChange: () => node.look(), clock, log },
    });
    const { desired, reporter, tokens: tokenRequests } = link;
    const kubelet = this.kubelet({
      runtimes,
      desired,
      reporter,
      tokenRequests,
      nodeName,
      facts,
      hub: identity.hub,
    });
    const events = new EventRecorder({ reporter: link.reporter, nodeName, clock });
    const node: NodeReporter = new NodeReporter({
      nodeName,
      nodeIps: this.addresses,
      facts,
      allocatable: this.allocatable(facts),
      annotations: { [volumesFolderAnnotation]: this.localVolumes },
      containerRuntimeVersion: () => runtimes[0].version(),
      reporter: link.reporter,
      events,
      pressures: () => kubelet.pressures,
      images: () => kubelet.images,
      podNetwork: () => processes.podNetwork,
      clock,
      log: part('node'),
    });
    kubelet.onPressure(() => node.look());
    kubelet.onImages(() => node.imagesChanged());

    const periods = shutdownPeriods(config);
    const shutdown = new BoardShutdown({
      ...{ kubelet, node, link, nodeName, events, periods, clock },
      log: part('shutdown'),
    });

    const parts: Part[] = [
      { name: 'link', start: () => link.start(), stop: () => link.stop() },
      {
        name: 'kubelet',
        start: () => kubelet.start(),
        stop: () => kubelet.stop({ stopPods: config.stopPodsOnExit }),
      },
      { name: 'node', start: () => node.start(), stop: () => node.stop() },
      { name: 'shutdown', start: () => shutdown.start(), stop: () => shutdown.stop() },
    ];
    return { nodeName, link, parts };
  }

  private allocatable(facts: BoardFacts): NodeAllocatable {
    return allocatableOf(facts, reservedOn(facts, this.options.config));
  }

  private get addresses(): string[] {
    const { nodeIp } = this.options.config;
    return nodeIps(nodeIp ? [nodeIp] : []);
  }

  private network(hub: string | undefined): NonNullable<KubeletOptions['network']> {
    const { clusterDns, clusterDomain } = this.options.config;
    if (hub === undefined) return { clusterDns, clusterDomain };
    const { hostname, port } = new URL(hub);
    const apiServer = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 443 };
    return { clusterDns, clusterDomain, apiServer };
  }

  private kubelet({ facts, hub, ...given }: KubeletParts): Kubelet {
    const { config, clock, log } = this.options;
    return new Kubelet({
      ...given,
      directory: inData(config, 'pods'),
      localVolumes: this.localVolumes,
      staticPodPath: this.staticPodPath,
      nodeIps: this.addresses,
      allocatable: this.allocatable(facts),
      network: this.network(hub),
      logBudget: this.options.config.containerLogBudget,
      nodeLabels: boardLabels(given.nodeName, facts),
      allowedSysctls: config.allowedUnsafeSysctls,
      eviction: evictionPolicy(config),
      imageGc: imageGcPolicy(config),
      prePullImages: config.prePullImages,
      boardStats,
      clock,
      log: log.child({ part: 'kubelet' }),
    });
  }
}
