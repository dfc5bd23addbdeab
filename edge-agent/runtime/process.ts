// Runs containers as supervised processes of the board (RuntimeClass `process`, image `host`). Each lives in a session
// of its own behind a small shim, and outlives the agent. Where the agent may mount, each also has its own mounts.

import { mkdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import type { Duplex } from 'node:stream';
import type { Clock, Logger } from '../../shared/base/index.ts';
import { hostImage, ImageStore } from './images/index.ts';
import type { LogLimits } from './log-rotation.ts';
import { NetworkDialers, type PodNetwork, type PodRangeSource } from './network/index.ts';
import { attachTo } from './process/attached.ts';
import { lookForMeans, type Means } from './process/board-means.ts';
import { execInContainer } from './process/exec-in-container.ts';
import { ExecSessions } from './process/exec-sessions.ts';
import { networkHere } from './process/network-here.ts';
import { ProcessContainers } from './process/process-containers.ts';
import { usageOf } from './process/process-usage.ts';
import { shortcomingsOf } from './process/shortcomings.ts';
import { PullSlots, usualPulls } from './pull-slots.ts';
import {
  type AttachedContainer,
  type ContainerResources,
  type ContainerSpec,
  type ContainerUsage,
  type ExecResult,
  type ExecStreamRequest,
  type Feature,
  type ImageRequest,
  type PreparedImage,
  type PullListener,
  type RunningExec,
  type Runtime,
  type RuntimeContainer,
  RuntimeFailure,
  type RuntimeImage,
  type Sandbox,
} from './runtime.ts';

interface Options {
  /** Belongs to this runtime alone; made with mode 0700. */
  directory: string;
  clock: Clock;
  log: Logger;
  logLimits?: LogLimits;
  /** Shared with other runtimes; default: 3 of its own. */
  pullSlots?: PullSlots;
  /** Processes and threads that each pod may have; absent: as many as the board. */
  podPidsLimit?: number;
  /** Where pods have their addresses from; absent: they share the board's network. */
  podRange?: PodRangeSource;
  /** Milliseconds for which their bridge stays after the last of them; default 5 s. */
  bridgeIdleMs?: number;
  version?: string;
  /** Pods have a network of their own from now on, or none any more. */
  onNetworkChange?(): void;
}

export class ProcessRuntime implements Runtime {
  readonly name = 'process';
  private readonly options: Options;
  private readonly containers: ProcessContainers;
  private readonly listeners: ((container: RuntimeContainer) => void)[] = [];
  private readonly imageListeners: (() => void)[] = [];
  private readonly execs: ExecSessions;
  private readonly store: ImageStore;
  private readonly dialers: NetworkDialers;
  private means: Means = { tools: {}, mayMount: false, mayOverlay: false };
  private network: PodNetwork | undefined;
  private started = false;

  constructor(options: Options) {
    this.options = options;
    this.execs = new ExecSessions(options);
    const { directory, clock, pullSlots = new PullSlots(usualPulls) } = options;
    this.dialers = new NetworkDialers(clock);
    const inUse = () => this.containers.images;
    const changed = () => {
      for (const listener of this.imageListeners) listener();
    };
    this.store = new ImageStore({ directory, clock, pullSlots, inUse, changed });
    this.containers = new ProcessContainers({
      ...options,
      ...{ store: this.store, execs: this.execs },
      networkOf: (podUid) => this.network?.pathOf(podUid),
      onExit: (exited) => {
        if (this.started) for (const listener of this.listeners) listener(exited.describe());
      },
    });
  }

  version(): string {
    return `process://${this.options.version ?? '0.1.0'}`;
  }

  async start(): Promise<void> {
    await mkdir(this.containers.folder, { recursive: true, mode: 0o700 });
    this.means = await lookForMeans(this.options.directory);
    await this.store.start();
    await this.containers.start(this.means);
    this.network = networkHere(this.options, this.means);
    await this.network.start(new Set(this.containers.all.map(({ meta }) => meta.podUid)));
    this.started = true;
  }

  async stop(): Promise<void> {
    this.started = false;
    await this.execs.stop();
    await this.dialers.stop();
    await this.network?.rest(new Set(this.containers.running.map(({ meta }) => meta.podUid)));
    await this.containers.stop();
  }

  async list(): Promise<RuntimeContainer[]> {
    return this.containers.all.map((container) => container.describe());
  }

  async usage(): Promise<ContainerUsage[]> {
    return usageOf(this.containers.running.map(({ meta, shim, cgroup }) => ({ id: meta.id, shim, cgroup })));
  }

  get imageFolder(): string {
    return this.store.folder;
  }

  /** The network's may change: its range comes when the hub has this node. */
  get shortcomings(): ReadonlyMap<Feature, string> {
    const { tools, mayMount } = this.means;
    return shortcomingsOf({
      asRoot: userInfo().uid === 0,
      setpriv: tools.setpriv !== undefined,
      nice: tools.nice !== undefined,
      mayMount,
      noNetwork: this.network?.lacking,
      limits: this.containers.limitShortcomings,
    });
  }

  /** Whether pods have a network of their own, or why not; undefined: nobody knows yet. */
  get podNetwork(): { lacking?: string } | undefined {
    const { isOwn = false, lacking } = this.network ?? {};
    if (isOwn) return {};
    return lacking === undefined ? undefined : { lacking };
  }

  async preparePod(sandbox: Sandbox): Promise<{ ips: string[] }> {
    // What runs in the board's network already stays there.
    const shares = this.containers
      .ofPod(sandbox.uid)
      .some((container) => container.running && container.meta.network === undefined);
    if (sandbox.hostNetwork || shares) return { ips: [] };
    const address = await this.network?.attach(sandbox);
    return { ips: address === undefined ? [] : [address] };
  }

  async images(): Promise<RuntimeImage[]> {
    return this.store.images();
  }

  onImagesChange(listener: () => void): void {
    this.imageListeners.push(listener);
  }

  async removeImage(id: string): Promise<void> {
    await this.store.remove(id);
  }

  async ensureImage(request: ImageRequest, listener: PullListener): Promise<PreparedImage> {
    const isHost = request.image === hostImage;
    const prepared = isHost ? { imageId: hostImage } : await this.store.ensure(request, listener);
    // An agent that is not root runs everything as itself.
    const { uid } = userInfo();
    return uid === 0 ? prepared : { ...prepared, user: String(uid) };
  }

  async startContainer(spec: ContainerSpec, specHash: string): Promise<RuntimeContainer> {
    return (await this.containers.create(spec, specHash)).describe();
  }

  updateContainer(id: string, resources: ContainerResources): Promise<void> {
    return this.containers.update(id, resources);
  }

  async writableFolder(id: string): Promise<string | undefined> {
    return this.containers.find(id)?.folder.upperPath;
  }

  async stopContainer(id: string, graceSeconds: number): Promise<void> {
    await this.containers.find(id)?.stop(graceSeconds);
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.containers.find(id);
    if (!container) return;
    if (container.running) throw new Error(`container ${id} is running: stop it before it is removed`);
    await this.containers.forget(container);
  }

  async connect(podUid: string, port: number): Promise<Duplex | undefined> {
    const network = this.network?.pathOf(podUid);
    return network === undefined ? undefined : this.dialers.dial([`--net=${network}`], port);
  }

  async removePod(podUid: string): Promise<void> {
    const ofPod = this.containers.ofPod(podUid);
    await Promise.all(ofPod.map((container) => container.stop(0)));
    for (const container of ofPod) await this.containers.forget(container);
    await this.network?.detach(podUid);
  }

  async exec(id: string, command: readonly string[], timeoutSeconds: number): Promise<ExecResult> {
    const { entering } = this.runningContainer(id, 'ExecError', 'exec in');
    return execInContainer({ ...entering, clock: this.options.clock, command, timeoutSeconds });
  }

  async execStream(id: string, request: ExecStreamRequest): Promise<RunningExec> {
    const { container, entering } = this.runningContainer(id, 'ExecError', 'exec in');
    return this.execs.start({ ...entering, folder: container.folder }, request);
  }

  async attachStream(id: string): Promise<AttachedContainer> {
    return attachTo(this.runningContainer(id, 'AttachError', 'attach to').container);
  }

  onExit(listener: (container: RuntimeContainer) => void): void {
    this.listeners.push(listener);
  }

  /** With what a command needs to enter it. Throws RuntimeFailure(`reason`). */
  private runningContainer(id: string, reason: string, what: string) {
    const container = this.containers.find(id);
    const main = container?.main;
    if (!container?.running || !main) {
      throw new RuntimeFailure(reason, `failed to ${what} container: container is not running`);
    }
    const { meta, cgroup, environment: env } = container;
    return { container, entering: { meta, main, env, cgroup, tools: this.means.tools } };
  }
}
