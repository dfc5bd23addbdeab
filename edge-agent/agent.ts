// The composition root of an agent: joins where it must, then builds every part and starts them in order.

import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { type Clock, type Logger, type Part, startAll, stopAll, UserError } from '../shared/base/index.ts';
import { dns1123Subdomain } from '../shared/machinery/index.ts';
import type { AgentConfig } from './config.ts';
import { type Identity, joinHub, loadIdentity, saveIdentity } from './join/index.ts';
import { EventRecorder, Kubelet } from './kubelet/index.ts';
import { Link } from './link/index.ts';
import { allocatableOf, boardFacts, boardLabels, boardStats, NodeReporter, nodeIps } from './node/index.ts';
import { loadPodmanRuntime, ProcessRuntime, type Runtime } from './runtime/index.ts';

export interface AgentOptions {
  config: AgentConfig;
  clock: Clock;
  log: Logger;
}

interface Assembled {
  nodeName: string;
  link: Link;
  parts: Part[];
}

export class Agent {
  private readonly options: AgentOptions;
  private assembled: Assembled | undefined;

  constructor(options: AgentOptions) {
    this.options = options;
  }

  /** Resolves with the node's name once the hub has it: not before there is a connection. */
  get registered(): Promise<string> {
    const { nodeName, link } = this.running;
    return link.registered.then(() => nodeName);
  }

  /** Resolves when the workloads are in its hands; a hub is only needed to join. */
  async start(): Promise<void> {
    this.assembled = await this.assemble(await this.identity());
    await startAll(this.assembled.parts);
  }

  async runUntil(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await stopAll(this.running.parts);
    this.assembled = undefined;
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
    const podsDirectory = resolve(config.dataDir, 'pods');
    const facts = await boardFacts(config.dataDir);
    const addresses = nodeIps(config.nodeIp ? [config.nodeIp] : []);

    const link: Link = new Link({
      host: new URL(identity.hub).hostname.replace(/^\[|\]$/g, ''),
      port: identity.mqttPort,
      tls: { ca: identity.ca, cert: identity.certificate, key: identity.key },
      nodeName,
      directory: config.dataDir,
      bootId: randomUUID(),
      streamSource: { open: (request) => kubelet.streams.open(request) },
      leaseSeconds: config.leaseSeconds,
      clock,
      log: part('link'),
    });
    const runtimes = await this.runtimes(part);
    const kubelet = new Kubelet({
      runtimes,
      desired: link.desired,
      reporter: link.reporter,
      directory: podsDirectory,
      nodeName,
      nodeIps: addresses,
      allocatable: allocatableOf(facts),
      nodeLabels: boardLabels(nodeName, facts),
      boardStats,
      clock,
      log: part('kubelet'),
    });
    const node = new NodeReporter({
      nodeName,
      nodeIps: addresses,
      facts,
      containerRuntimeVersion: () => runtimes[0].version(),
      reporter: link.reporter,
      events: new EventRecorder({ reporter: link.reporter, nodeName, clock }),
      directory: config.dataDir,
      clock,
      log: part('node'),
    });

    const parts: Part[] = [
      { name: 'link', start: () => link.start(), stop: () => link.stop() },
      {
        name: 'kubelet',
        start: () => kubelet.start(),
        stop: () => kubelet.stop({ stopPods: config.stopPodsOnExit }),
      },
      { name: 'node', start: () => node.start(), stop: () => node.stop() },
    ];
    return { nodeName, link, parts };
  }

  /** The first one runs pods that name none. */
  private async runtimes(part: (name: string) => Logger): Promise<[Runtime, ...Runtime[]]> {
    const { config, clock } = this.options;
    // Mounts and podman know only whole paths.
    const inData = (folder: string) => resolve(config.dataDir, folder);
    const processes = new ProcessRuntime({
      directory: inData('process'),
      clock,
      log: part('process'),
    });
    if (config.runtime === 'process') return [processes];
    const podman = await loadPodmanRuntime({
      directory: inData('podman'),
      seccompFolder: inData('seccomp'),
      archiveFolder: inData('images'),
      podmanArgs: config.podmanArgs,
      maxParallelPulls: config.maxParallelPulls,
      prePullImages: config.prePullImages,
      clock,
      log: part('podman'),
    });
    return [podman, processes];
  }

  private get running(): Assembled {
    if (!this.assembled) throw new Error('the agent has not been started');
    return this.assembled;
  }
}

function checkHub(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' && url.hostname) return;
  throw new UserError(`--hub ${text}: must be the address of a hub, https://HOST:PORT`);
}
