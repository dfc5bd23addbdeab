// Runs this node's pods, the same with and without a hub. Here its parts are put together: pod-workers.ts is the loop over
// the pods, pod-worker.ts what is done for one, plan-pod.ts how that is decided.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Logger } from '../../shared/base/index.ts';
import type {
  DesiredState,
  LogSource,
  Reporter,
  StreamRequest,
  StreamSource,
  TokenRequests,
} from '../link/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { type Allocatable, unlimited } from './admit-pod.ts';
import { endPods } from './end-pods.ts';
import { BoardKeeper, type BoardKeeperOptions } from './eviction/board-keeper.ts';
import { defaultEvictionHard, type Pressure, parseThresholds, type Signals } from './eviction/thresholds.ts';
import { giveUpPod } from './give-up-pod.ts';
import type { ImageGcPolicy } from './images/plan-image-gc.ts';
import type { NodeImages } from './images/plan-node-images.ts';
import { PrePull } from './images/pre-pull.ts';
import { KubeletServer } from './kubelet-server.ts';
import { LogBudget } from './logs/log-budget.ts';
import { LogReader } from './logs/log-reader.ts';
import { type NodeNetwork, noNetwork } from './network/node-network.ts';
import { NodeRoom, occupies } from './node-room.ts';
import { NodeRuntimes } from './node-runtimes.ts';
import { orphanOf } from './orphan.ts';
import { preemption } from './plan-preemption.ts';
import { type ShutdownPeriod, shutdownGroups } from './plan-shutdown.ts';
import { EventRecorder } from './pod-events.ts';
import { PodPaths } from './pod-paths.ts';
import type { PodRecord } from './pod-record.ts';
import { PodStreams } from './pod-streams.ts';
import { PodWorkers } from './pod-workers.ts';
import { Prober } from './probes/prober.ts';
import { isStatic } from './static-pods/static-pod.ts';
import { StaticPods } from './static-pods/static-pods.ts';
import { type BoardStats, UsageSampler } from './stats/usage-sampler.ts';
import { LocalVolumes } from './volumes/local-volumes.ts';
import { Mounts } from './volumes/mounts.ts';
import { PodVolumes } from './volumes/pod-volumes.ts';

export interface KubeletOptions {
  /** The first one runs pods without a runtimeClassName. */
  runtimes: readonly [Runtime, ...Runtime[]];
  desired: DesiredState;
  reporter: Reporter;
  tokenRequests: TokenRequests;
  /** In which this node keeps volumes of its own: an absolute path. */
  localVolumes: string;
  /** For pods' folders and logs; made with mode 0700. */
  directory: string;
  /** The folder of static pods' manifests; without it there are none. */
  staticPodPath?: string;
  nodeName: string;
  nodeIps: readonly string[];
  /** What pods may use together; without it everything is admitted. */
  allocatable?: Allocatable;
  /** What pods are told of the network around them. */
  network?: NodeNetwork;
  /** What the logs of all pods may use together, bytes; default: as much as they like. */
  logBudget?: number;
  /** Labels that the board sets itself. */
  nodeLabels?: Readonly<Record<string, string>>;
  /** Patterns of the kernel's settings that pods may have beside the safe ones; default: none. */
  allowedSysctls?: readonly string[];
  /** What the board uses, counted since its start. */
  boardStats: () => Promise<BoardStats>;
  /** When the board is short of something; default: as the kubelet's. */
  eviction?: Pick<BoardKeeperOptions, 'thresholds' | 'maxPodGraceSeconds' | 'transition'>;
  imageGc?: ImageGcPolicy;
  /** Before a pod asks for them. */
  prePullImages?: readonly string[];
  /** How much is left on the board; default: what it says. */
  signals?: () => Promise<Signals>;
  /** Which start of the board this is; default: what the kernel says. */
  boot?: string;
  clock: Clock;
  log: Logger;
}

export class Kubelet {
  readonly logSource: LogSource;
  /** Serves what the hub asks of pods on this node. */
  readonly streams: StreamSource;
  private readonly options: KubeletOptions;
  private readonly runtimes: NodeRuntimes;
  private readonly workers: PodWorkers;
  private readonly events: EventRecorder;
  private readonly prober: Prober;
  private readonly keeper: BoardKeeper;
  private readonly prePull: PrePull;
  private readonly paths: PodPaths;
  private readonly statics: StaticPods | undefined;
  private readonly mounts = new Mounts();
  private readonly localVolumes: LocalVolumes;
  private readonly logBudget: LogBudget | undefined;
  private readonly room: NodeRoom;

  constructor(options: KubeletOptions) {
    const { reporter, desired, nodeName, clock, log, directory, localVolumes: folder } = options;
    const { mounts } = this;
    this.options = options;
    this.runtimes = new NodeRuntimes(options.runtimes);
    this.localVolumes = new LocalVolumes({ nodeName, folder, desired, reporter, mounts, log });
    this.paths = new PodPaths(directory);
    this.events = new EventRecorder({ reporter, nodeName, clock });
    this.statics = this.staticPods();
    this.room = new NodeRoom({
      records: () => this.workers.records(),
      ...{ allocatable: options.allocatable ?? unlimited, nodeLabels: options.nodeLabels ?? {} },
      allowedSysctls: options.allowedSysctls ?? [],
      pressures: () => this.pressures,
      events: this.events,
      preempt: (uid) => this.preempt(uid),
    });
    this.prober = new Prober({ clock, events: this.events, turned: (uid) => this.workers.wake(uid) });
    this.workers = this.podWorkers();
    this.keeper = new BoardKeeper({
      ...{ ...options, paths: this.paths, events: this.events },
      ...(options.eviction ?? { thresholds: parseThresholds(defaultEvictionHard) }),
      workers: () => this.workers.all(),
    });
    const { first: runtime } = this.runtimes;
    this.prePull = new PrePull({ runtime, images: options.prePullImages ?? [], clock, log });
    const pod = (uid: string) => this.workers.record(uid);
    this.logSource = new LogReader({
      ...{ paths: this.paths, pod, clock },
      containers: () => this.runtimes.containers(),
    });
    this.logBudget = this.budgetOfLogs();
    this.streams = this.streamsOf(pod);
  }

  /** What the board is short of. */
  get pressures(): ReadonlySet<Pressure> {
    return this.keeper.pressures;
  }

  onPressure(listener: () => void): void {
    this.keeper.onPressure(listener);
  }

  /** What the board has of images, as a node's status tells it. */
  get images(): NodeImages {
    return this.keeper.nodeImages;
  }

  onImages(listener: () => void): void {
    this.keeper.onImages(listener);
  }

  /** Starts the runtimes, takes up every container that still runs, and every pod that is wanted. */
  async start(): Promise<void> {
    await this.runtimes.start((podUid) => this.workers.wake(podUid));
    await this.keeper.start();
    await this.statics?.start();
    this.localVolumes.start();
    this.logBudget?.start();
    this.prePull.start();
    await this.workers.start();
  }

  /** `stopPods`: ends the workloads too, each with its grace period; else they run on without an agent. */
  async stop({ stopPods }: { stopPods: boolean }): Promise<void> {
    this.workers.pause();
    this.prePull.stop();
    await this.statics?.stop();
    await this.keeper.stop();
    await this.logBudget?.stop();
    this.prober.stop();
    await this.workers.stop({ stopPods });
    await this.localVolumes.stop();
    await this.runtimes.stop();
  }

  /** The board goes down: every pod ends, the most urgent last, and no other begins. Resolves early when it is called off. */
  async shutDown(periods: readonly ShutdownPeriod[], calledOff: AbortSignal): Promise<void> {
    this.room.close();
    const workers = this.workers.all().filter(({ record }) => occupies(record));
    const clock = this.options.clock;
    for (const group of shutdownGroups(workers, periods))
      await endPods(group, { containers: () => this.runtimes.containers(), clock, calledOff });
  }

  /** It does not go down. What has ended of the hub's pods is the hub's to replace; nobody else replaces static ones. */
  stayUp(): void {
    this.room.open();
    for (const worker of this.workers.all()) if (isStatic(worker.record.pod)) worker.comeBack();
  }

  private podWorkers(): PodWorkers {
    const { options, statics, runtimes, room, events, prober, paths } = this;
    const { nodeName, nodeIps, allocatable = unlimited, network = noNetwork, clock, log } = options;
    return new PodWorkers({
      ...{ runtimes, room, events, prober, paths, nodeName, nodeIps, allocatable, network, clock, log },
      desired: statics?.wanted ?? options.desired,
      reporter: statics?.reporter ?? options.reporter,
      boot: options.boot ?? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      volumesOf: (uid) => this.volumesOf(uid),
    });
  }

  private async preempt(uid: string): Promise<void> {
    const { clock, log } = this.options;
    const worker = this.workers.all().find(({ record }) => record.uid === uid);
    if (!worker) return;
    const { name, namespace } = worker.record.pod.metadata;
    try {
      const gone = await giveUpPod(worker, preemption(worker.record.pod), clock);
      if (!gone) log.warn({ pod: `${namespace}/${name}` }, 'a pod that was to make room still runs');
    } catch (error) {
      log.error({ err: error, pod: `${namespace}/${name}` }, 'ending a pod that is to make room');
    }
  }

  private streamsOf(pod: (uid: string) => PodRecord | undefined): StreamSource {
    const { options, runtimes, logSource } = this;
    const { clock } = options;
    const containers = () => runtimes.list();
    const sampler = new UsageSampler({ ...options, containers });
    const stats = () => sampler.summary();
    const server = new KubeletServer({
      stats,
      pods: () => this.workers.records().map((record) => record.pod),
    });
    const serveHttp = (connection: Parameters<KubeletServer['serve']>[0]) => server.serve(connection);
    const streams = new PodStreams({ logSource, pod, containers, serveHttp, stats, clock });
    return { open: (request) => streams.open(this.asHere(request)) };
  }

  private budgetOfLogs(): LogBudget | undefined {
    const { logBudget: budget, clock, log } = this.options;
    if (budget === undefined) return undefined;
    return new LogBudget({
      folder: this.paths.logsFolder,
      budget,
      inUse: () => this.logsInUse(),
      clock,
      log,
    });
  }

  private async logsInUse(): Promise<ReadonlySet<string>> {
    const running = (await this.runtimes.containers()).filter(({ state }) => state === 'running');
    return new Set(
      running.map((container) => this.paths.logFile(orphanOf(container), container.name, container.attempt)),
    );
  }

  private staticPods(): StaticPods | undefined {
    const { staticPodPath: path, desired, reporter, nodeName, clock, log } = this.options;
    if (path === undefined) return undefined;
    const refused = (file: string, why: string) => {
      log.error({ file: join(path, file), why }, 'a manifest of a static pod cannot be used');
      const words = `Manifest ${file} of a static pod cannot be used: ${why}`;
      this.events.node({ metadata: { name: nodeName } }, 'Warning', 'InvalidStaticPod', words);
    };
    return new StaticPods({ path, desired, reporter, nodeName, clock, log, refused });
  }

  /** The hub knows a static pod by its mirror. */
  private asHere(request: StreamRequest): StreamRequest {
    if (!('uid' in request) || !this.statics) return request;
    return { ...request, uid: this.statics.wanted.uidHere(request.uid) };
  }

  private volumesOf(uid: string): PodVolumes {
    const { desired, tokenRequests, localVolumes, clock, log } = this.options;
    const { mounts } = this;
    const directory = this.paths.podFolder(uid);
    return new PodVolumes({ directory, desired, tokenRequests, mounts, localVolumes, clock, log });
  }
}
