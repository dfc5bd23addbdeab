// The composition root of an agent: joins where it must, then builds every part and starts them in order.

import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { volumesFolderAnnotation } from '../shared/api/index.ts';
import {
  type Clock,
  deferred,
  type Logger,
  type Part,
  startAll,
  stopAll,
  UserError,
} from '../shared/base/index.ts';
import { dns1123Subdomain } from '../shared/machinery/index.ts';
import { BoardShutdown } from './board-shutdown.ts';
import type { AgentConfig } from './config.ts';
import { type Identity, joinHub, loadIdentity, saveIdentity } from './join/index.ts';
import {
  defaultImageGc,
  EventRecorder,
  hasManifests,
  Kubelet,
  type KubeletOptions,
  parseThresholds,
} from './kubelet/index.ts';
import { Link, noHub } from './link/index.ts';
import {
  allocatableOf,
  type BoardFacts,
  boardFacts,
  boardLabels,
  boardStats,
  NodeReporter,
  nodeIps,
} from './node/index.ts';
import {
  halfOf,
  loadPodmanRuntime,
  type PodRange,
  type PodRangeSource,
  ProcessRuntime,
} from './runtime/index.ts';

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

interface Runtimes {
  runtimes: KubeletOptions['runtimes'];
  processes: ProcessRuntime;
}

type NodeRange = Pick<Link['range'], 'known' | 'wait'>;

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
    if (known || !(await hasManifests(this.staticPodPath))) return this.startAs(await this.identity());
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
    const { staticPodPath } = this.options.config;
    return staticPodPath || this.inData('manifests');
  }

  private get localVolumes(): string {
    const { volumesDir } = this.options.config;
    return volumesDir ? resolve(volumesDir) : this.inData('volumes');
  }

  private async startAs(identity: Identity): Promise<void> {
    const { parts, link, nodeName } = await this.assemble(identity);
    this.parts = parts;
    await startAll(parts);
    link.registered.then(() => this.node.resolve(nodeName), this.node.reject);
  }

  /** Static pods only. Once the board has joined, their containers are taken over as by any agent that starts again. */
  private async startAlone(): Promise<void> {
    const { dataDir, nodeName } = this.options.config;
    const { runtimes } = await this.runtimes(noHub.range, () => {});
    const kubelet = this.kubelet({
      ...{ runtimes, desired: noHub, reporter: noHub, nodeName },
      tokenRequests: noHub,
      facts: await boardFacts(dataDir),
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
        const identity = await this.identity();
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

  /** Who this board is: known from before, or learnt from the hub with a join token. */
  private async identity(): Promise<Identity> {
    const { config, clock, log } = this.options;
    const known = await loadIdentity(config.dataDir);
    if (known) return config.hub ? { ...known, hub: config.hub } : known;
    if (!config.hub)
      throw new UserError('this board has not joined yet: name a hub with --hub https://HOST:PORT');
    if (!config.token) {
      throw new UserError(
        "this board has not joined yet: it needs --token, from 'kelp token create' on the hub",
      );
    }
    checkHub(config.hub);
    const [fault] = dns1123Subdomain(config.nodeName);
    if (fault) throw new UserError(`--node-name ${config.nodeName}: ${fault}`);
    const { hub, token, nodeName, dataDir } = config;
    const identity = await joinHub({ hub, token, nodeName, clock, log });
    await saveIdentity(dataDir, identity);
    return identity;
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
    const { runtimes, processes } = await this.runtimes(link.range, () => node.look());
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
      annotations: { [volumesFolderAnnotation]: this.localVolumes },
      containerRuntimeVersion: () => runtimes[0].version(),
      reporter: link.reporter,
      events,
      pressures: () => kubelet.pressures,
      podNetwork: () => processes.podNetwork,
      clock,
      log: part('node'),
    });
    kubelet.onPressure(() => node.look());

    const periods = { total: config.shutdownGracePeriod, critical: config.shutdownGracePeriodCriticalPods };
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

  private get addresses(): string[] {
    const { nodeIp } = this.options.config;
    return nodeIps(nodeIp ? [nodeIp] : []);
  }

  /** Where each runtime has addresses from: with podman, each has half of the node's range, and a bridge of its own. */
  private podRanges(range: NodeRange): { process: PodRangeSource; podman: PodRangeSource } {
    const { podCidr, runtime } = this.options.config;
    const halves = runtime === 'podman';
    const podman = rangeOf(range, (cidr) => ({ cidr: halfOf(cidr, 1), shared: false }));
    if (podCidr !== '') {
      const own = { cidr: podCidr, shared: true };
      return { process: { known: own, wait: async () => own }, podman };
    }
    return {
      process: rangeOf(range, (cidr) => ({ cidr: halves ? halfOf(cidr, 0) : cidr, shared: false })),
      podman,
    };
  }

  /** The first one runs pods that name no class. */
  private async runtimes(range: NodeRange, onNetworkChange: () => void): Promise<Runtimes> {
    const { config, clock, log } = this.options;
    const { containerLogMaxSize: maxSize, containerLogMaxFiles: maxFiles } = config;
    const logLimits = { maxSize, maxFiles };
    const part = (name: string) => ({ clock, logLimits, log: log.child({ part: name }) });
    const { podmanArgs, maxParallelPulls, prePullImages } = config;
    const ranges = this.podRanges(range);
    const pids = config.podPidsLimit < 0 ? {} : { podPidsLimit: config.podPidsLimit };
    const processes = new ProcessRuntime({
      directory: this.inData('process'),
      maxParallelPulls,
      ...pids,
      ...(config.podNetwork === 'own' && { podRange: ranges.process }),
      onNetworkChange,
      ...part('process'),
    });
    if (config.runtime === 'process') return { runtimes: [processes], processes };
    const podman = await loadPodmanRuntime({
      directory: this.inData('podman'),
      seccompFolder: this.inData('seccomp'),
      archiveFolder: this.inData('images'),
      ...{ podmanArgs, maxParallelPulls, prePullImages, podRange: ranges.podman, ...pids },
      ...part('podman'),
    });
    return { runtimes: [podman, processes], processes };
  }

  /** Mounts, and podman, know only whole paths. */
  private inData(folder: string): string {
    return resolve(this.options.config.dataDir, folder);
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
      directory: this.inData('pods'),
      localVolumes: this.localVolumes,
      staticPodPath: this.staticPodPath,
      nodeIps: this.addresses,
      allocatable: allocatableOf(facts),
      network: this.network(hub),
      logBudget: this.options.config.containerLogBudget,
      nodeLabels: boardLabels(given.nodeName, facts),
      evictionHard: parseThresholds(config.evictionHard),
      imageGc: {
        ...defaultImageGc,
        highPercent: config.imageGcHighThreshold,
        lowPercent: config.imageGcLowThreshold,
      },
      boardStats,
      clock,
      log: log.child({ part: 'kubelet' }),
    });
  }
}

function checkHub(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' && url.hostname) return;
  throw new UserError(`--hub ${text}: must be the address of a hub, https://HOST:PORT`);
}

/** As the node's range comes. */
function rangeOf(range: NodeRange, part: (cidr: string) => PodRange): PodRangeSource {
  const partOf = (cidr: string | undefined) => (cidr === undefined ? undefined : part(cidr));
  return {
    get known() {
      return partOf(range.known);
    },
    wait: async () => partOf(await range.wait()),
  };
}
