// Runs pods with podman: a pod of the API is a pod of podman, its containers are podman's, known by their labels. All is
// asked of podman when the agent starts; from then on it is known here, so that looking costs nothing.

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { backoffDelay, type Clock, type Logger, readIfThere, UserError } from '../../shared/base/index.ts';
import { Cgroup } from './cgroup/index.ts';
import { defaultLogLimits, type LogLimits } from './log-rotation.ts';
import { NetworkDialers, type PodRangeSource } from './network/index.ts';
import { field, idOf, listedContainers, text } from './podman/answers.ts';
import { attachContainer } from './podman/attach-container.ts';
import { boardShortcomings } from './podman/board-shortcomings.ts';
import { ContainerHome } from './podman/container-home.ts';
import { ExitWatch } from './podman/exit-watch.ts';
import { ImageArchives } from './podman/image-archives.ts';
import {
  type ContainerFacts,
  containerFacts,
  containerLabels,
  containerName,
  factsIn,
  ownFilter,
} from './podman/labels.ts';
import { runCommand, talkToCommand } from './podman/oci-exec.ts';
import { PartialPulls } from './podman/partial-pulls.ts';
import { planContainer, planResources } from './podman/plan-container.ts';
import { PodmanApi, PodmanError } from './podman/podman-api.ts';
import { PodmanContainer } from './podman/podman-container.ts';
import { PodmanImages } from './podman/podman-images.ts';
import { PodmanNetwork } from './podman/podman-network.ts';
import { PodmanPods } from './podman/podman-pods.ts';
import { PodmanService } from './podman/podman-service.ts';
import { firstHostPort, isRootless, networkEntry, reachableOomScore } from './podman/rootless.ts';
import { createFailure, startFailure } from './podman/start-failure.ts';
import { endLeftExecs, talkAtTerminal } from './podman/terminal-session.ts';
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

export interface PodmanOptions {
  /** Belongs to this runtime alone, and names it: what another directory's runtime made is never touched. Mode 0700. */
  directory: string;
  /** Global options of podman (`--root`, `--storage-driver` …). Its environment is the agent's. */
  podmanArgs?: readonly string[];
  maxParallelPulls?: number;
  /** Processes and threads that each container may have; absent: as many as podman lets it. */
  podPidsLimit?: number;
  /** Where pods have their addresses from; absent: podman's default network. */
  podRange?: PodRangeSource;
  /** Localhost profiles of seccomp. */
  seccompFolder: string;
  /** Archives of images in it are loaded, also those that come later. */
  archiveFolder: string;
  /** Pulled at the start, before a pod asks for them. */
  prePullImages?: readonly string[];
  clock: Clock;
  log: Logger;
  logLimits?: LogLimits;
}

const oldestVersion = [4, 3] as const;
const defaultParallelPulls = 3;
const prePullBackoff = { base: 10_000, max: 300_000 };

export class PodmanRuntime implements Runtime {
  readonly name = 'podman';
  shortcomings: ReadonlyMap<Feature, string> = new Map();
  imageFolder: string | undefined;
  private readonly options: PodmanOptions;
  private readonly service: PodmanService;
  private readonly api: PodmanApi;
  private readonly pods: PodmanPods;
  private readonly imageStore: PodmanImages;
  private readonly archives: ImageArchives;
  private readonly exits: ExitWatch;
  private readonly dialers: NetworkDialers;
  private readonly containers = new Map<string, PodmanContainer>();
  private readonly listeners: ((container: RuntimeContainer) => void)[] = [];
  private readonly lossListeners: ((podUid: string) => void)[] = [];
  private podmanVersion = '';
  private limitsSwap = false;
  private started = false;

  constructor(options: PodmanOptions) {
    const { directory, podmanArgs: args = [], maxParallelPulls = defaultParallelPulls, clock, log } = options;
    const { archiveFolder: folder } = options;
    this.options = options;
    this.service = new PodmanService({ directory, args, clock });
    this.api = new PodmanApi(this.service);
    const { service } = this;
    const parts = new PartialPulls({ service, directory: join(directory, 'partial'), clock });
    this.imageStore = new PodmanImages({
      ...{ api: this.api, parts, directory: join(directory, 'images'), maxParallelPulls, clock },
    });
    this.archives = new ImageArchives({
      ...{ api: this.api, folder, clock, log, notesPath: join(directory, 'loaded.json') },
      loaded: (id) => this.imageStore.own(id),
    });
    this.dialers = new NetworkDialers(clock);
    this.exits = new ExitWatch({ log, ended: (id) => this.hearEnd(id) });
    const network =
      options.podRange &&
      new PodmanNetwork({ api: this.api, agent: directory, source: options.podRange, log });
    this.pods = new PodmanPods({
      ...{ api: this.api, agent: directory, exits: this.exits, clock },
      hasBridge: () => !this.shortcomings.has('podNetwork'),
      network: async () => network?.name(),
    });
  }

  version(): string {
    return `podman://${this.podmanVersion}`;
  }

  async start(): Promise<void> {
    await mkdir(this.homesPath, { recursive: true, mode: 0o711 });
    await this.learnBoard();
    await this.imageStore.start();
    await this.archives.start();
    await this.pods.start();
    await this.adoptAll();
    this.started = true;
    for (const image of this.options.prePullImages ?? []) this.prePull(image, 0);
  }

  async stop(): Promise<void> {
    this.started = false;
    await this.archives.stop();
    this.exits.stop();
    await this.dialers.stop();
    await Promise.all([...this.containers.values()].map((container) => container.release()));
    this.containers.clear();
    await this.service.stop();
  }

  async list(): Promise<RuntimeContainer[]> {
    return [...this.containers.values()].map((container) => container.describe());
  }

  async usage(): Promise<ContainerUsage[]> {
    return [...this.containers.values()].flatMap(({ id, group }) => {
      const usage = group?.usage();
      return usage ? [{ id, cpuSeconds: usage.cpuSeconds, memoryBytes: usage.workingSetBytes ?? 0 }] : [];
    });
  }

  preparePod(sandbox: Sandbox): Promise<{ ips: string[] }> {
    return this.pods.prepare(sandbox);
  }

  async ensureImage(request: ImageRequest, listener: PullListener): Promise<PreparedImage> {
    // What is being loaded from a file need not be fetched.
    await this.archives.settled();
    return this.imageStore.ensure(request, listener);
  }

  images(): Promise<RuntimeImage[]> {
    return this.imageStore.list();
  }

  removeImage(id: string): Promise<void> {
    return this.imageStore.remove(id);
  }

  async startContainer(spec: ContainerSpec, specHash: string): Promise<RuntimeContainer> {
    const pod = this.pods.find(spec.podUid);
    if (!pod) throw new RuntimeFailure('CreateContainerError', `pod ${spec.podName} has not been prepared`);
    const { id: image, imageId } = await this.imageStore.idFor(spec.image);
    const home = new ContainerHome(this.homesPath, containerName(spec));
    const facts = containerFacts(spec, imageId, specHash);
    await home.make();
    await mkdir(dirname(spec.logPath), { recursive: true, mode: 0o750 });
    const id = await this.create(spec, facts, home, { pod: pod.id, sandbox: pod.sandbox, image });
    const container = this.remember(id, facts, home);
    try {
      await this.api.call({ method: 'POST', path: `/libpod/containers/${id}/start` });
    } catch (error) {
      throw await this.startFailed(container, error);
    }
    await container.adopt();
    if (container.running) {
      await this.exits.follow(container.conmonPid);
      // It may have ended before its end was listened for.
      await container.look();
    } else container.tellEnd();
    return container.describe();
  }

  async stopContainer(id: string, graceSeconds: number): Promise<void> {
    const container = this.containers.get(id);
    if (!container) return;
    const { group } = container;
    await container.stop(graceSeconds);
    // What shares its pod's or the board's processes does not end with the first of them.
    await group?.kill(this.options.clock);
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.containers.get(id);
    if (!container) return;
    if (container.running) throw new Error(`container ${id} is running: stop it before it is removed`);
    await this.remove(id);
    await this.forget(container);
  }

  async updateContainer(id: string, resources: ContainerResources): Promise<void> {
    const path = `/libpod/containers/${id}/update`;
    await this.api.call({
      method: 'POST',
      path,
      body: planResources(this.limited(resources), this.limitsSwap),
    });
  }

  async connect(podUid: string, port: number): Promise<Duplex | undefined> {
    const pod = this.pods.find(podUid);
    if (!pod || pod.sandbox.hostNetwork) return undefined;
    return this.dialers.dial(networkEntry(pod.pausePid), port);
  }

  async removePod(podUid: string): Promise<void> {
    const ofPod = [...this.containers.values()].filter(({ facts }) => facts.podUid === podUid);
    await Promise.all(ofPod.map(({ id }) => this.stopContainer(id, 0)));
    for (const { id, hadTerminals } of ofPod) if (hadTerminals) endLeftExecs(id);
    await this.pods.remove(podUid);
    for (const container of ofPod) await this.forget(container);
  }

  async exec(id: string, command: readonly string[], timeoutSeconds: number): Promise<ExecResult> {
    return runCommand(this.runningContainer(id, 'ExecError', 'exec in'), command, timeoutSeconds);
  }

  async execStream(id: string, request: ExecStreamRequest): Promise<RunningExec> {
    const where = this.runningContainer(id, 'ExecError', 'exec in');
    if (!request.tty) return talkToCommand(where, request.command);
    where.container.hadTerminals = true;
    return talkAtTerminal(where, request.command);
  }

  async attachStream(id: string): Promise<AttachedContainer> {
    const { api, container } = this.runningContainer(id, 'AttachError', 'attach to');
    return attachContainer(api, container);
  }

  onExit(listener: (container: RuntimeContainer) => void): void {
    this.listeners.push(listener);
  }

  /** Without root, what containers wrote as other users is not the agent's to remove: podman's own way is. */
  async clearFolder(path: string): Promise<void> {
    if (isRootless()) await this.service.run(['unshare', 'rm', '-rf', '--', path]);
  }

  podLost(podUid: string): boolean {
    return this.pods.isLost(podUid);
  }

  onPodLost(listener: (podUid: string) => void): void {
    this.lossListeners.push(listener);
  }

  private get homesPath(): string {
    return join(this.options.directory, 'containers');
  }

  private async learnBoard(): Promise<void> {
    const info = await this.api.call({ method: 'GET', path: '/libpod/info' });
    this.podmanVersion = text(field(info, 'version'), 'Version');
    const [major = 0, minor = 0] = this.podmanVersion.split('.').map(Number);
    const [leastMajor, leastMinor] = oldestVersion;
    if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
      const wanted = oldestVersion.join('.');
      throw new UserError(`podman ${this.podmanVersion} is too old: kelp needs podman ${wanted} or newer`);
    }
    this.imageFolder = text(field(info, 'store'), 'graphRoot') || undefined;
    this.limitsSwap = boardLimitsSwap();
    const subordinates = (await readIfThere('/etc/subuid')) ?? '';
    this.shortcomings = boardShortcomings(info, {
      subordinates: /^containers:/m.test(subordinates),
      firstHostPort: firstHostPort(),
    });
  }

  private prePull(image: string, tries: number): void {
    const { clock, log } = this.options;
    this.ensureImage({ image, policy: 'IfNotPresent', credentials: [] }, { pulling() {} }).catch((error) => {
      log.warn({ err: error, image }, 'pulling an image ahead of its use');
      if (error instanceof RuntimeFailure && error.reason === 'InvalidImageName') return;
      clock.after(backoffDelay(tries, prePullBackoff), () => {
        if (this.started) this.prePull(image, tries + 1);
      });
    });
  }

  /** Everything with our label: containers that run or ended, and what was created when an agent died. */
  private async adoptAll(): Promise<void> {
    const query = { all: true, filters: ownFilter(this.options.directory) };
    const listed = listedContainers(
      await this.api.call({ method: 'GET', path: '/libpod/containers/json', query }),
    );
    const names = new Set<string>();
    for (const { id, labels } of listed) {
      const facts = factsIn(labels);
      if (!facts) continue;
      const container = this.remember(id, facts, new ContainerHome(this.homesPath, containerName(facts)));
      if (await container.adopt()) {
        names.add(containerName(facts));
        if (container.running) await this.exits.follow(container.conmonPid);
      } else {
        await this.remove(id);
        this.containers.delete(id);
      }
    }
    await ContainerHome.sweep(this.homesPath, names);
  }

  private limited(resources: ContainerResources = {}): ContainerResources {
    const { podPidsLimit: pids } = this.options;
    return { ...resources, ...(pids !== undefined && { pids }) };
  }

  private async create(
    spec: ContainerSpec,
    facts: ContainerFacts,
    home: ContainerHome,
    where: { pod: string; sandbox: Sandbox; image: string },
  ): Promise<string> {
    const plan = planContainer({
      ...{ name: containerName(spec), imageId: where.image, pod: where.pod, sandbox: where.sandbox },
      spec: {
        ...spec,
        oomScoreAdj: reachableOomScore(spec.oomScoreAdj),
        resources: this.limited(spec.resources),
      },
      labels: containerLabels(this.options.directory, facts),
      lastWordsPath: home.lastWordsPath,
      logBound: (this.options.logLimits ?? defaultLogLimits).maxSize,
      seccompFolder: this.options.seccompFolder,
      limitsSwap: this.limitsSwap,
    });
    try {
      return idOf(await this.api.call({ method: 'POST', path: '/libpod/containers/create', body: plan }));
    } catch (error) {
      this.imageStore.forget(spec.image);
      await home.remove();
      throw error instanceof PodmanError ? createFailure(error) : error;
    }
  }

  /** A command that cannot be started leaves an exited container behind (StartError); any other failure leaves nothing. */
  private async startFailed(container: PodmanContainer, error: unknown): Promise<unknown> {
    const failure = error instanceof PodmanError ? startFailure(error) : error;
    if (failure instanceof RuntimeFailure && failure.reason === 'RunContainerError') {
      await container.home.noteStartError(failure.message);
      container.becomeNotStarted(failure.message);
      return failure;
    }
    await this.remove(container.id);
    await this.forget(container);
    return failure;
  }

  private remember(id: string, facts: ContainerFacts, home: ContainerHome): PodmanContainer {
    const { clock, log, logLimits: limits = defaultLogLimits } = this.options;
    const container = new PodmanContainer({
      ...{ id, facts, home, api: this.api, limits, clock, log },
      onExit: (exited) => {
        if (this.started) for (const listener of this.listeners) listener(exited.describe());
      },
    });
    this.containers.set(id, container);
    return container;
  }

  private hearEnd(id: string): void {
    const pod = this.pods.uidOfPause(id);
    if (pod !== undefined && this.podLost(pod)) for (const listener of this.lossListeners) listener(pod);
    this.containers
      .get(id)
      ?.look()
      .catch((error) =>
        this.options.log.error({ err: error, container: id }, 'looking at a container that ended'),
      );
  }

  private async remove(id: string): Promise<void> {
    try {
      await this.api.call({
        method: 'DELETE',
        path: `/libpod/containers/${id}`,
        query: { force: true, timeout: 0, v: true },
      });
    } catch (error) {
      if (!(error instanceof PodmanError) || error.status !== 404) throw error;
    }
  }

  private async forget(container: PodmanContainer): Promise<void> {
    this.containers.delete(container.id);
    await container.release();
    await container.home.remove();
  }

  /** Throws RuntimeFailure(`reason`). */
  private runningContainer(id: string, reason: string, what: string) {
    const container = this.containers.get(id);
    if (!container?.running) {
      throw new RuntimeFailure(reason, `failed to ${what} container: container is not running`);
    }
    return { api: this.api, clock: this.options.clock, containerId: id, container };
  }
}

/** The kernel counts swap too. */
function boardLimitsSwap(): boolean {
  const memory = Cgroup.ofProcess(process.pid)?.folders.get('memory');
  if (!memory) return false;
  return existsSync(
    join(memory.path, memory.version === 1 ? 'memory.memsw.limit_in_bytes' : 'memory.swap.max'),
  );
}
