// The containers of one process runtime: made, found again after a restart of the agent, and forgotten together with what was
// made on the board for them.

import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Logger } from '../../../shared/base/index.ts';
import { noGroup } from '../cgroup/index.ts';
import { hostImage, type ImageStore } from '../images/index.ts';
import { defaultLogLimits, type LogLimits } from '../log-rotation.ts';
import { type ContainerResources, type ContainerSpec, type Feature, RuntimeFailure } from '../runtime.ts';
import { boardFiles, boardMountPoints, type ContainerFiles } from './board-files.ts';
import { type Means, punchHole } from './board-means.ts';
import { Confinement } from './confinement.ts';
import { ContainerFolder, type ContainerMeta } from './container-folder.ts';
import { commandOf, describeContainer, type FromImage, launchOf } from './container-launch.ts';
import type { ExecSessions } from './exec-sessions.ts';
import { removeCreated, splitByNeed, withPaths } from './mount-points.ts';
import { ProcessContainer } from './process-container.ts';
import { rootFiles } from './root-files.ts';

interface Options {
  /** Of the runtime. */
  directory: string;
  clock: Clock;
  log: Logger;
  logLimits?: LogLimits;
  podPidsLimit?: number;
  store: ImageStore;
  execs: ExecSessions;
  /** Where a pod's network is; undefined: the board's. */
  networkOf(podUid: string): string | undefined;
  onExit(container: ProcessContainer): void;
}

export class ProcessContainers {
  private readonly options: Options;
  private readonly containers = new Map<string, ProcessContainer>();
  private means: Means = { tools: {}, mayMount: false, mayOverlay: false };
  private confinement: Confinement | undefined;

  constructor(options: Options) {
    this.options = options;
  }

  /** Where they are kept. */
  get folder(): string {
    return join(this.options.directory, 'containers');
  }

  get all(): ProcessContainer[] {
    return [...this.containers.values()];
  }

  get running(): ProcessContainer[] {
    return this.all.filter((container) => container.running);
  }

  ofPod(podUid: string): ProcessContainer[] {
    return this.all.filter(({ meta }) => meta.podUid === podUid);
  }

  find(id: string): ProcessContainer | undefined {
    return this.containers.get(id);
  }

  /** The images that they need. */
  get images(): Set<string> {
    return new Set(this.all.map(({ meta }) => meta.storedImage).filter((id) => id !== undefined));
  }

  /** What limits they would pass over, and why. */
  get limitShortcomings(): ReadonlyMap<Feature, string> {
    return this.confinement?.shortcomings ?? new Map();
  }

  /** Those that an earlier agent left, running or ended. */
  async start(means: Means): Promise<void> {
    this.means = means;
    const { directory, podPidsLimit } = this.options;
    this.confinement = await Confinement.open({ directory, podPidsLimit, tools: means.tools });
    for (const id of await readdir(this.folder)) await this.recall(id);
    // All are known by now: what one of them gives up may be another's place.
    for (const container of this.all) await this.adopt(container);
    await this.endStrangers(this.confinement);
  }

  /** Lets go of them. */
  async stop(): Promise<void> {
    await Promise.all(this.all.map((container) => container.release()));
    this.containers.clear();
    await this.confinement?.close();
  }

  async create(spec: ContainerSpec, specHash: string): Promise<ProcessContainer> {
    const image = this.imageFor(spec);
    const command = commandOf(spec, image);
    const meta = this.describe(spec, specHash, image);
    const folder = new ContainerFolder(join(this.folder, meta.id));
    await mkdir(folder.path, { mode: 0o700 });
    // Said before anything is made, so that what others leave behind is kept for this one.
    if (meta.root === undefined)
      meta.mountPoints = boardMountPoints(spec, image !== undefined, this.means.mayMount);
    const container = this.remember(meta, folder);
    try {
      const files = await this.filesFor(container, spec, image);
      const entry = this.confinement?.confine(meta, spec.resources ?? {}) ?? noGroup;
      await container.launch(launchOf({ meta, spec, command, files, image, means: this.means, entry }));
    } catch (error) {
      await this.startFailed(container, error);
      throw error;
    }
    return container;
  }

  async update(id: string, resources: ContainerResources): Promise<void> {
    const container = this.containers.get(id);
    if (container) await this.confinement?.limit(container.meta, resources);
  }

  async forget(container: ProcessContainer): Promise<void> {
    this.containers.delete(container.meta.id);
    const others = this.all.map((other) => other.meta);
    const { free, needed } = splitByNeed(container.meta.createdPaths, others);
    removeCreated(free);
    for (const [heir, paths] of needed) heir.createdPaths = withPaths(paths, heir.createdPaths);
    for (const heir of needed.keys()) await this.containers.get(heir.id)?.folder.writeMeta(heir);
    await container.release();
    container.cgroup?.remove();
    await container.folder.remove();
    this.confinement?.tidy();
  }

  /** Undefined: the board itself. Throws RuntimeFailure(CreateContainerError). */
  private imageFor({ image }: ContainerSpec): FromImage | undefined {
    if (image === hostImage) return undefined;
    const found = this.options.store.imageOf(image);
    if (found) return found;
    throw new RuntimeFailure('CreateContainerError', `image ${image} is not on this board any more`);
  }

  private describe(spec: ContainerSpec, specHash: string, image: FromImage | undefined): ContainerMeta {
    const meta = describeContainer({
      ...{ spec, specHash, image, means: this.means, createdAt: this.options.clock.now() },
      imageId: image ? this.options.store.reportedId(spec.image) : hostImage,
      rootOf: (id) => join(this.folder, id, 'root'),
    });
    const cgroup = this.confinement?.nameFor(meta);
    const network = this.options.networkOf(spec.podUid);
    return {
      ...meta,
      ...(cgroup !== undefined && { cgroup }),
      ...(network !== undefined && { network }),
    };
  }

  private async filesFor(
    { meta, folder }: ProcessContainer,
    spec: ContainerSpec,
    image: FromImage | undefined,
  ): Promise<ContainerFiles> {
    const { tools } = this.means;
    const request = { spec, meta, folder, tools, imageFiles: image?.files, log: this.options.log };
    if (meta.root === undefined || !image) return boardFiles(request);
    await folder.writeMeta(meta);
    return rootFiles({ ...request, root: meta.root, imageFiles: image.files });
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
      onExit: (exited) => this.options.onExit(exited),
    });
    this.containers.set(meta.id, container);
    return container;
  }

  /** One that was never written down had nothing made for it yet. */
  private async recall(id: string): Promise<void> {
    const folder = new ContainerFolder(join(this.folder, id));
    const meta = await folder.readMeta();
    if (meta) this.remember(meta, folder);
    else await folder.remove();
  }

  private async adopt(container: ProcessContainer): Promise<void> {
    await this.options.execs.endLost(container.folder);
    if (await container.neverRan()) await this.forget(container);
    else await container.adopt();
  }

  /** Control groups of containers that were never written down. */
  private async endStrangers(confinement: Confinement): Promise<void> {
    const known = this.all.map(({ meta }) => meta);
    for (const cgroup of confinement.strangers(known)) {
      await cgroup.kill(this.options.clock);
      cgroup.remove();
    }
    confinement.tidy();
  }

  private async free(path: string, length: number): Promise<void> {
    if (await punchHole(this.means.tools, path, length)) return;
    // Cutting it instead could lose a line that is written in that moment.
    this.options.log.debug(
      { path },
      'this file system cannot punch holes: the spool keeps its size until the end',
    );
  }
}
