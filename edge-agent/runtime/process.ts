// Runs containers as supervised processes of the board (RuntimeClass `process`, image `host`). Each lives in a session
// of its own behind a small shim, and outlives the agent. Where the agent may mount, each also has its own mounts.

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Clock, Logger } from '../../shared/base/index.ts';
import { hostImage, ImageStore } from './images/index.ts';
import { defaultLogLimits, type LogLimits } from './log-rotation.ts';
import { NetworkDialers, PodNetwork, type PodRangeSource } from './network/index.ts';
import { attachTo } from './process/attached.ts';
import { boardFiles, boardMountPoints, type ContainerFiles } from './process/board-files.ts';
import { Confinement } from './process/confinement.ts';
import { ContainerFolder, type ContainerMeta } from './process/container-folder.ts';
import {
  commandOf,
  describeContainer,
  type FromImage,
  launchOf,
  type Means,
} from './process/container-launch.ts';
import { execInContainer } from './process/exec-in-container.ts';
import { ExecSessions } from './process/exec-sessions.ts';
import { findTool } from './process/find-command.ts';
import { removeCreated, splitByNeed } from './process/mount-points.ts';
import { planOverlay } from './process/plan-mounts.ts';
import { ProcessContainer } from './process/process-container.ts';
import { usageOf } from './process/process-usage.ts';
import { rootFiles } from './process/root-files.ts';
import { shortcomingsOf } from './process/shortcomings.ts';
import type { Tools } from './process/tools.ts';
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
  /** How many images are fetched at once; default 3. */
  maxParallelPulls?: number;
  /** Processes and threads that each container may have; absent: as many as the board. */
  podPidsLimit?: number;
  /** Where pods have their addresses from; absent: they share the board's network. */
  podRange?: PodRangeSource;
  /** Milliseconds for which their bridge stays after the last of them; default 5 s. */
  bridgeIdleMs?: number;
  version?: string;
  /** Pods have a network of their own from now on, or none any more. */
  onNetworkChange?(): void;
}

const noRange: PodRangeSource = { known: undefined, wait: async () => undefined };

export class ProcessRuntime implements Runtime {
  readonly name = 'process';
  private readonly options: Options;
  private readonly containers = new Map<string, ProcessContainer>();
  private readonly listeners: ((container: RuntimeContainer) => void)[] = [];
  private tools: Tools = {};
  private readonly execs: ExecSessions;
  private confinement: Confinement | undefined;
  private readonly store: ImageStore;
  private readonly dialers: NetworkDialers;
  private network: PodNetwork | undefined;
  private mayMount = false;
  private mayOverlay = false;
  private started = false;

  constructor(options: Options) {
    this.options = options;
    this.execs = new ExecSessions(options);
    const { directory, clock, maxParallelPulls = 3 } = options;
    this.dialers = new NetworkDialers(clock);
    this.store = new ImageStore({ directory, clock, maxParallelPulls, inUse: () => this.imagesInUse() });
  }

  version(): string {
    return `process://${this.options.version ?? '0.1.0'}`;
  }

  async start(): Promise<void> {
    await mkdir(this.containersPath, { recursive: true, mode: 0o700 });
    for (const name of [
      'mount',
      'unshare',
      'nsenter',
      'setpriv',
      'fallocate',
      'nice',
      'ip',
      'nft',
    ] as const) {
      const path = findTool(name);
      if (path) this.tools[name] = path;
    }
    this.mayMount = await this.tryMounting();
    this.mayOverlay = this.mayMount && (await this.tryOverlay());
    await this.store.start();
    this.confinement = new Confinement(this.options.directory, this.options.podPidsLimit);
    for (const id of await readdir(this.containersPath)) await this.adopt(id);
    await this.endStrangers(this.confinement);
    this.network = this.networkHere();
    await this.network.start(new Set([...this.containers.values()].map(({ meta }) => meta.podUid)));
    this.started = true;
  }

  async stop(): Promise<void> {
    this.started = false;
    await this.execs.stop();
    await this.dialers.stop();
    const running = [...this.containers.values()].filter((container) => container.running);
    await this.network?.rest(new Set(running.map(({ meta }) => meta.podUid)));
    await Promise.all([...this.containers.values()].map((container) => container.release()));
    this.containers.clear();
    this.confinement?.tidy();
  }

  async list(): Promise<RuntimeContainer[]> {
    return [...this.containers.values()].map((container) => container.describe());
  }

  async usage(): Promise<ContainerUsage[]> {
    const running = [...this.containers.values()].filter((container) => container.running);
    return usageOf(running.map(({ meta, shim, cgroup }) => ({ id: meta.id, shim, cgroup })));
  }

  get imageFolder(): string {
    return this.store.folder;
  }

  /** The network's may change: its range comes when the hub has this node. */
  get shortcomings(): ReadonlyMap<Feature, string> {
    return shortcomingsOf({
      asRoot: userInfo().uid === 0,
      setpriv: this.tools.setpriv !== undefined,
      nice: this.tools.nice !== undefined,
      mayMount: this.mayMount,
      noNetwork: this.network?.lacking,
      limits: this.confinement?.shortcomings ?? new Map(),
    });
  }

  /** Whether pods have a network of their own, or why not; undefined: nobody knows yet. */
  get podNetwork(): { lacking?: string } | undefined {
    const { isOwn = false, lacking } = this.network ?? {};
    if (isOwn) return {};
    return lacking === undefined ? undefined : { lacking };
  }

  async preparePod(sandbox: Sandbox): Promise<{ ips: string[] }> {
    const ofPod = [...this.containers.values()].filter(({ meta }) => meta.podUid === sandbox.uid);
    // What runs in the board's network already stays there.
    const shares = ofPod.some((container) => container.running && container.meta.network === undefined);
    if (sandbox.hostNetwork || shares) return { ips: [] };
    const address = await this.network?.attach(sandbox);
    return { ips: address === undefined ? [] : [address] };
  }

  async images(): Promise<RuntimeImage[]> {
    return this.store.images();
  }

  async removeImage(id: string): Promise<void> {
    await this.store.remove(id);
  }

  async ensureImage(request: ImageRequest, listener: PullListener): Promise<PreparedImage> {
    if (request.image === hostImage) return { imageId: hostImage };
    return this.store.ensure(request, listener);
  }

  async startContainer(spec: ContainerSpec, specHash: string): Promise<RuntimeContainer> {
    const image = this.imageFor(spec);
    const command = commandOf(spec, image);
    const meta = this.describe(spec, specHash, image);
    const folder = new ContainerFolder(join(this.containersPath, meta.id));
    await mkdir(folder.path, { mode: 0o700 });
    // Said before anything is made, so that what others leave behind is kept for this one.
    if (meta.root === undefined)
      meta.mountPoints = boardMountPoints(spec, image !== undefined, this.mayMount);
    const container = this.remember(meta, folder);
    try {
      const files = await this.filesFor(container, spec, image);
      await folder.create(meta);
      this.confinement?.confine(meta, spec.resources ?? {});
      await container.launch(launchOf({ container, spec, command, files, image, means: this.means }));
    } catch (error) {
      await this.startFailed(container, error);
      throw error;
    }
    return container.describe();
  }

  async updateContainer(id: string, resources: ContainerResources): Promise<void> {
    const cgroup = this.containers.get(id)?.cgroup;
    // Without one it was not held to anything before.
    if (cgroup) this.confinement?.limit(cgroup, resources);
  }

  async stopContainer(id: string, graceSeconds: number): Promise<void> {
    await this.containers.get(id)?.stop(graceSeconds);
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.containers.get(id);
    if (!container) return;
    if (container.running) throw new Error(`container ${id} is running: stop it before it is removed`);
    await this.forget(container);
  }

  async connect(podUid: string, port: number): Promise<Duplex | undefined> {
    const network = this.network?.pathOf(podUid);
    return network === undefined ? undefined : this.dialers.dial([`--net=${network}`], port);
  }

  async removePod(podUid: string): Promise<void> {
    const ofPod = [...this.containers.values()].filter((container) => container.meta.podUid === podUid);
    await Promise.all(ofPod.map((container) => container.stop(0)));
    for (const container of ofPod) await this.forget(container);
    await this.network?.detach(podUid);
  }

  async exec(id: string, command: readonly string[], timeoutSeconds: number): Promise<ExecResult> {
    const container = this.containers.get(id);
    const main = container?.main;
    if (!container?.running || !main) {
      throw new RuntimeFailure('ExecError', 'failed to exec in container: container is not running');
    }
    const { clock } = this.options;
    const { meta, cgroup, environment: env } = container;
    return execInContainer({ meta, main, env, cgroup, tools: this.tools, clock, command, timeoutSeconds });
  }

  async execStream(id: string, request: ExecStreamRequest): Promise<RunningExec> {
    const container = this.containers.get(id);
    const main = container?.main;
    if (!container?.running || !main) {
      throw new RuntimeFailure('ExecError', 'failed to exec in container: container is not running');
    }
    const { meta, folder, cgroup, environment: env } = container;
    return this.execs.start({ meta, folder, main, env, cgroup, tools: this.tools }, request);
  }

  async attachStream(id: string): Promise<AttachedContainer> {
    const container = this.containers.get(id);
    if (!container?.running) {
      throw new RuntimeFailure('AttachError', 'failed to attach to container: container is not running');
    }
    return attachTo(container);
  }

  onExit(listener: (container: RuntimeContainer) => void): void {
    this.listeners.push(listener);
  }

  private get containersPath(): string {
    return join(this.options.directory, 'containers');
  }

  private get means(): Means {
    const { tools, mayMount, mayOverlay } = this;
    return { tools, mayMount, mayOverlay };
  }

  /** Undefined: the board itself. Throws RuntimeFailure(CreateContainerError). */
  private imageFor({ image }: ContainerSpec): FromImage | undefined {
    if (image === hostImage) return undefined;
    const found = this.store.imageOf(image);
    if (found) return found;
    throw new RuntimeFailure('CreateContainerError', `image ${image} is not on this board any more`);
  }

  private describe(spec: ContainerSpec, specHash: string, image: FromImage | undefined): ContainerMeta {
    const meta = describeContainer({
      ...{ spec, specHash, image, means: this.means, createdAt: this.options.clock.now() },
      imageId: image ? this.store.reportedId(spec.image) : hostImage,
      rootOf: (id) => join(this.containersPath, id, 'root'),
    });
    const cgroup = this.confinement?.nameFor(meta);
    const network = this.network?.pathOf(spec.podUid);
    return {
      ...meta,
      ...(cgroup !== undefined && { cgroup }),
      ...(network !== undefined && { network }),
    };
  }

  private filesFor(
    { meta, folder }: ProcessContainer,
    spec: ContainerSpec,
    image: FromImage | undefined,
  ): Promise<ContainerFiles> {
    const { tools } = this;
    const request = { spec, meta, folder, tools, imageFiles: image?.files, log: this.options.log };
    if (meta.root === undefined || !image) return boardFiles(request);
    return rootFiles({ ...request, root: meta.root, imageFiles: image.files });
  }

  private imagesInUse(): Set<string> {
    const ids = [...this.containers.values()].map(({ meta }) => meta.storedImage);
    return new Set(ids.filter((id) => id !== undefined));
  }

  /** A command that cannot be started leaves an exited container behind (StartError); any other failure leaves nothing. */
  private async startFailed(container: ProcessContainer, error: unknown): Promise<void> {
    if (error instanceof RuntimeFailure && error.reason === 'RunContainerError') {
      container.meta.startError = error.message;
      container.becomeNotStarted(error.message);
      await container.folder.writeMeta(container.meta);
      return;
    }
    await container.stop(0);
    await this.forget(container);
  }

  private remember(meta: ContainerMeta, folder: ContainerFolder): ProcessContainer {
    const { clock, log, logLimits = defaultLogLimits } = this.options;
    const container = new ProcessContainer({
      ...{ meta, folder, clock, log, limits: logLimits },
      cgroup: this.confinement?.groupOf(meta),
      free: (path, length) => this.free(path, length),
      onExit: (exited) => {
        if (this.started) for (const listener of this.listeners) listener(exited.describe());
      },
    });
    this.containers.set(meta.id, container);
    return container;
  }

  private async adopt(id: string): Promise<void> {
    const folder = new ContainerFolder(join(this.containersPath, id));
    const meta = await folder.readMeta();
    if (!meta) return folder.remove();
    await this.execs.endLost(folder);
    const container = this.remember(meta, folder);
    if (await container.neverRan()) await this.forget(container);
    else await container.adopt();
  }

  private async forget(container: ProcessContainer): Promise<void> {
    this.containers.delete(container.meta.id);
    const others = [...this.containers.values()].map((other) => other.meta);
    const { free, needed } = splitByNeed(container.meta.createdPaths, others);
    removeCreated(free);
    for (const [heir, paths] of needed) {
      heir.createdPaths = [...paths, ...heir.createdPaths];
      await this.containers.get(heir.id)?.folder.writeMeta(heir);
    }
    await container.release();
    container.cgroup?.remove();
    await container.folder.remove();
    this.confinement?.tidy();
  }

  /** Control groups of containers that were never written down. */
  private async endStrangers(confinement: Confinement): Promise<void> {
    const known = [...this.containers.values()].map(({ meta }) => meta);
    for (const cgroup of confinement.strangers(known)) {
      await cgroup.kill(this.options.clock);
      cgroup.remove();
    }
    confinement.tidy();
  }

  /** True when bind mounts in a mount namespace of one's own work here; leaves nothing mounted. */
  private async tryMounting(): Promise<boolean> {
    const { unshare, mount, nsenter } = this.tools;
    if (userInfo().uid !== 0 || !unshare || !mount || !nsenter) return false;
    const path = this.containersPath;
    return (
      (await this.run([unshare, '--mount', '--propagation', 'slave', mount, '--bind', path, path])) === 0
    );
  }

  private networkHere(): PodNetwork {
    const { podRange, directory, log, clock, bridgeIdleMs = 5000 } = this.options;
    const { ip, nft, nsenter } = this.tools;
    const asRoot = userInfo().uid === 0 && this.mayMount;
    const tools = asRoot && ip && nft && nsenter ? { ip, nft, nsenter } : undefined;
    const missing = asRoot ? `${ip ? 'nft' : 'ip'} is not installed` : 'the agent does not run as root';
    const lacking = podRange === undefined ? 'its agent was told so' : tools ? undefined : missing;
    return new PodNetwork({
      ...{ directory, tools, lacking, log, clock, bridgeIdleMs },
      source: podRange ?? noRange,
      onChange: () => this.options.onNetworkChange?.(),
    });
  }

  /** True when overlays work on the disk of this runtime; leaves nothing mounted. */
  private async tryOverlay(): Promise<boolean> {
    const { unshare = 'unshare' } = this.tools;
    const folder = await mkdtemp(join(this.options.directory, 'trial-'));
    const [lower = '', upper = '', work = ''] = await Promise.all(
      ['lower', 'upper', 'work'].map(async (name) => {
        await mkdir(join(folder, name));
        return join(folder, name);
      }),
    );
    const [overlay = []] = planOverlay(this.tools, { lower, upper, work }, lower);
    const works = (await this.run([unshare, '--mount', '--propagation', 'slave', ...overlay])) === 0;
    await rm(folder, { recursive: true, force: true });
    return works;
  }

  private async free(path: string, length: number): Promise<void> {
    const { fallocate } = this.tools;
    if (
      fallocate &&
      (await this.run([fallocate, '--punch-hole', '--offset', '0', '--length', String(length), path])) === 0
    )
      return;
    // Cutting it instead could lose a line that is written in that moment.
    this.options.log.debug(
      { path },
      'this file system cannot punch holes: the spool keeps its size until the end',
    );
  }

  private run([program = '', ...args]: string[]): Promise<number> {
    return new Promise((resolve) => {
      const child = spawn(program, args, { stdio: 'ignore', cwd: '/' });
      child.on('error', () => resolve(-1));
      child.on('exit', (code) => resolve(code ?? -1));
    });
  }
}
