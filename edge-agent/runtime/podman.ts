// Runs pods with podman: a pod of the API is a pod of podman, its containers are podman's, known by their labels.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Clock, Logger } from '../../shared/base/index.ts';
import type { LogLimits } from './log-rotation.ts';
import { NetworkDialers, type PodRangeSource } from './network/index.ts';
import { attachContainer } from './podman/attach-container.ts';
import { ExitWatch } from './podman/exit-watch.ts';
import { ImageArchives } from './podman/image-archives.ts';
import { learnBoard, type PodmanBoard, unknownBoard } from './podman/learn-board.ts';
import { runCommand, talkToCommand } from './podman/oci-exec.ts';
import { PartialPulls } from './podman/partial-pulls.ts';
import { PodmanApi } from './podman/podman-api.ts';
import { PodmanContainers } from './podman/podman-containers.ts';
import { PodmanImages } from './podman/podman-images.ts';
import { PodmanNetwork } from './podman/podman-network.ts';
import { PodmanPods } from './podman/podman-pods.ts';
import { PodmanService } from './podman/podman-service.ts';
import { isRootless, networkEntry } from './podman/rootless.ts';
import { endLeftExecs, talkAtTerminal } from './podman/terminal-session.ts';
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

export interface PodmanOptions {
  /** Belongs to this runtime alone, and names it: what another directory's runtime made is never touched. Mode 0700. */
  directory: string;
  /** Global options of podman (`--root`, `--storage-driver` …). Its environment is the agent's. */
  podmanArgs?: readonly string[];
  /** Shared with other runtimes; default: 3 of its own. */
  pullSlots?: PullSlots;
  /** Processes and threads that each pod may have; absent: as many as the board. */
  podPidsLimit?: number;
  /** Where pods have their addresses from; absent: podman's default network. */
  podRange?: PodRangeSource;
  /** Localhost profiles of seccomp. */
  seccompFolder: string;
  /** Archives of images in it are loaded, also those that come later. */
  archiveFolder: string;
  clock: Clock;
  log: Logger;
  logLimits?: LogLimits;
}

export class PodmanRuntime implements Runtime {
  readonly name = 'podman';
  private readonly options: PodmanOptions;
  private readonly service: PodmanService;
  private readonly api: PodmanApi;
  private readonly pods: PodmanPods;
  private readonly imageStore: PodmanImages;
  private readonly archives: ImageArchives;
  private readonly exits: ExitWatch;
  private readonly dialers: NetworkDialers;
  private readonly containers: PodmanContainers;
  private readonly listeners: ((container: RuntimeContainer) => void)[] = [];
  private readonly imageListeners: (() => void)[] = [];
  private readonly lossListeners: ((podUid: string) => void)[] = [];
  private board: PodmanBoard = unknownBoard;
  private started = false;

  constructor(options: PodmanOptions) {
    const { directory, podmanArgs: args = [], pullSlots = new PullSlots(usualPulls), clock, log } = options;
    const { archiveFolder: folder } = options;
    this.options = options;
    this.service = new PodmanService({ directory, args, clock });
    this.api = new PodmanApi(this.service);
    const { service, api } = this;
    const parts = new PartialPulls({ service, directory: join(directory, 'partial'), clock });
    this.imageStore = new PodmanImages({
      ...{ api, parts, directory: join(directory, 'images'), pullSlots, clock },
      changed: () => {
        for (const listener of this.imageListeners) listener();
      },
    });
    this.archives = new ImageArchives({
      ...{ api, folder, clock, log, notesPath: join(directory, 'loaded.json') },
      loaded: (id) => this.imageStore.own(id),
    });
    this.dialers = new NetworkDialers(clock);
    this.exits = new ExitWatch({ log, ended: (id) => this.hearEnd(id) });
    const network =
      options.podRange && new PodmanNetwork({ api, agent: directory, source: options.podRange, log });
    this.pods = new PodmanPods({
      ...{ api, agent: directory, exits: this.exits, clock, podPidsLimit: options.podPidsLimit },
      run: (command) => service.run(command),
      hasBridge: () => !this.shortcomings.has('podNetwork'),
      network: async () => network?.name(),
    });
    this.containers = new PodmanContainers({
      ...options,
      ...{ api, pods: this.pods, images: this.imageStore, exits: this.exits },
      onExit: (exited) => {
        if (this.started) for (const listener of this.listeners) listener(exited.describe());
      },
    });
  }

  version(): string {
    return `podman://${this.board.version}`;
  }

  get shortcomings(): ReadonlyMap<Feature, string> {
    return this.board.shortcomings;
  }

  get imageFolder(): string | undefined {
    return this.board.imageFolder || undefined;
  }

  async start(): Promise<void> {
    await mkdir(this.options.directory, { recursive: true, mode: 0o711 });
    this.board = await learnBoard(this.api);
    await this.imageStore.start();
    await this.archives.start();
    await this.pods.start();
    await this.containers.start(this.board);
    this.started = true;
  }

  async stop(): Promise<void> {
    this.started = false;
    await this.archives.stop();
    this.exits.stop();
    await this.dialers.stop();
    await this.containers.stop();
    await this.service.stop();
  }

  async list(): Promise<RuntimeContainer[]> {
    return this.containers.all.map((container) => container.describe());
  }

  async usage(): Promise<ContainerUsage[]> {
    return this.containers.all.flatMap(({ id, group }) => {
      const usage = group?.usage();
      if (!usage) return [];
      const { cpuSeconds, workingSetBytes = 0, pids } = usage;
      return [
        { id, cpuSeconds, memoryBytes: workingSetBytes, ...(pids !== undefined && { processes: pids }) },
      ];
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

  onImagesChange(listener: () => void): void {
    this.imageListeners.push(listener);
  }

  removeImage(id: string): Promise<void> {
    return this.imageStore.remove(id);
  }

  async startContainer(spec: ContainerSpec, specHash: string): Promise<RuntimeContainer> {
    return (await this.containers.create(spec, specHash)).describe();
  }

  async writableFolder(id: string): Promise<string | undefined> {
    return this.containers.find(id)?.writableFolder;
  }

  async stopContainer(id: string, graceSeconds: number): Promise<void> {
    const container = this.containers.find(id);
    if (container) await this.containers.stopOne(container, graceSeconds);
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.containers.find(id);
    if (!container) return;
    if (container.running) throw new Error(`container ${id} is running: stop it before it is removed`);
    await this.containers.remove(container);
  }

  updateContainer(id: string, resources: ContainerResources): Promise<void> {
    return this.containers.update(id, resources);
  }

  async connect(podUid: string, port: number): Promise<Duplex | undefined> {
    const pod = this.pods.find(podUid);
    if (!pod || pod.sandbox.hostNetwork) return undefined;
    return this.dialers.dial(networkEntry(pod.pausePid), port);
  }

  async removePod(podUid: string): Promise<void> {
    const ofPod = this.containers.ofPod(podUid);
    await Promise.all(ofPod.map((container) => this.containers.stopOne(container, 0)));
    for (const { id, hadTerminals } of ofPod) if (hadTerminals) endLeftExecs(id);
    await this.pods.remove(podUid);
    for (const container of ofPod) await this.containers.forget(container);
  }

  async exec(id: string, command: readonly string[], timeoutSeconds: number): Promise<ExecResult> {
    return runCommand(this.runningContainer(id, 'ExecError', 'exec in'), command, timeoutSeconds);
  }

  async execStream(id: string, request: ExecStreamRequest): Promise<RunningExec> {
    const where = this.runningContainer(id, 'ExecError', 'exec in');
    if (!request.tty) return talkToCommand(where, request.command);
    where.container.hadTerminals = true;
    return talkAtTerminal(where, request);
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

  private hearEnd(id: string): void {
    const pod = this.pods.uidOfPause(id);
    if (pod !== undefined && this.podLost(pod)) for (const listener of this.lossListeners) listener(pod);
    this.containers
      .find(id)
      ?.look()
      .catch((error) =>
        this.options.log.error({ err: error, container: id }, 'looking at a container that ended'),
      );
  }

  /** Throws RuntimeFailure(`reason`). */
  private runningContainer(id: string, reason: string, what: string) {
    const container = this.containers.find(id);
    if (!container?.running) {
      throw new RuntimeFailure(reason, `failed to ${what} container: container is not running`);
    }
    return { api: this.api, clock: this.options.clock, containerId: id, container };
  }
}
