// Runs this node's pods: a worker per pod, woken by whatever may concern it. Works the same with and without a hub.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Pod, type PodStatus, runtimeHandlerAnnotation } from '../../shared/api/index.ts';
import type { Clock, Logger } from '../../shared/base/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import type {
  DesiredState,
  LogSource,
  Reporter,
  StreamRequest,
  StreamSource,
  TokenRequests,
} from '../link/index.ts';
import type { Runtime, RuntimeContainer } from '../runtime/index.ts';
import type { Allocatable } from './admit-pod.ts';
import { endPods } from './end-pods.ts';
import { BoardKeeper } from './eviction/board-keeper.ts';
import {
  defaultEvictionHard,
  type Pressure,
  parseThresholds,
  type Signals,
  type Threshold,
} from './eviction/thresholds.ts';
import type { ImageGcPolicy } from './images/plan-image-gc.ts';
import { KubeletServer } from './kubelet-server.ts';
import { LogBudget } from './log-budget.ts';
import { LogReader } from './log-reader.ts';
import { type NodeNetwork, noNetwork } from './network/node-network.ts';
import { NodeRoom, occupies } from './node-room.ts';
import { type ShutdownPeriods, shutdownGroups } from './plan-shutdown.ts';
import { EventRecorder } from './pod-events.ts';
import { readNotes } from './pod-notes.ts';
import { PodPaths } from './pod-paths.ts';
import { PodRecord, type RecordOptions } from './pod-record.ts';
import { PodStreams } from './pod-streams.ts';
import { PodWorker } from './pod-worker.ts';
import { Prober } from './probes/prober.ts';
import { fullName, isStatic } from './static-pods/static-pod.ts';
import { StaticPods } from './static-pods/static-pods.ts';
import { type BoardStats, UsageSampler } from './stats/usage-sampler.ts';
import { LocalVolumes } from './volumes/local-volumes.ts';
import { Mounts } from './volumes/mounts.ts';
import { PodVolumes, podFolders } from './volumes/pod-volumes.ts';

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
  /** What the board uses, counted since its start. */
  boardStats: () => Promise<BoardStats>;
  /** When the board is short of something; default: as the kubelet's. */
  evictionHard?: readonly Threshold[];
  imageGc?: ImageGcPolicy;
  /** How much is left on the board; default: what it says. */
  signals?: () => Promise<Signals>;
  /** Which start of the board this is; default: what the kernel says. */
  boot?: string;
  clock: Clock;
  log: Logger;
}

const unlimited: Allocatable = {
  cpuMillis: Number.POSITIVE_INFINITY,
  memoryBytes: Number.POSITIVE_INFINITY,
  pods: Number.POSITIVE_INFINITY,
};
/** Resources that pods' volumes and variables come from. */
const shownToPods = ['configmaps', 'secrets', 'persistentvolumeclaims', 'persistentvolumes'];
const never = () => Number.POSITIVE_INFINITY;

export class Kubelet {
  readonly logSource: LogSource;
  /** Serves what the hub asks of pods on this node. */
  readonly streams: StreamSource;
  private readonly options: KubeletOptions;
  private readonly workers = new Map<string, PodWorker>();
  private readonly events: EventRecorder;
  private readonly prober: Prober;
  private readonly keeper: BoardKeeper;
  private readonly paths: PodPaths;
  private readonly statics: StaticPods | undefined;
  private readonly desired: DesiredState;
  private readonly reporter: Reporter;
  private readonly boot: string;
  private readonly mounts = new Mounts();
  private readonly localVolumes: LocalVolumes;
  private readonly logBudget: LogBudget | undefined;
  private readonly room: NodeRoom;
  private running = false;

  constructor(options: KubeletOptions) {
    const { reporter, desired, nodeName, clock, log, directory, staticPodPath } = options;
    const { localVolumes: folder } = options;
    const { mounts } = this;
    this.options = options;
    this.boot = options.boot ?? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    this.localVolumes = new LocalVolumes({ nodeName, folder, desired, reporter, mounts, log });
    this.paths = new PodPaths(directory);
    this.events = new EventRecorder({ reporter, nodeName, clock });
    this.room = new NodeRoom({
      records: () => [...this.workers.values()].map(({ record }) => record),
      ...{ allocatable: options.allocatable ?? unlimited, nodeLabels: options.nodeLabels ?? {} },
      pressures: () => this.pressures,
      events: this.events,
    });
    this.statics = staticPodPath === undefined ? undefined : this.staticPods(staticPodPath);
    this.desired = this.statics?.wanted ?? options.desired;
    this.reporter = this.statics?.reporter ?? reporter;
    this.prober = new Prober({ clock, events: this.events, turned: (uid) => this.workers.get(uid)?.wake() });
    this.keeper = new BoardKeeper({
      ...{ ...options, paths: this.paths, events: this.events },
      thresholds: options.evictionHard ?? parseThresholds(defaultEvictionHard),
      workers: () => this.workers.values(),
    });
    this.logSource = new LogReader({
      paths: this.paths,
      pod: (uid) => this.workers.get(uid)?.record,
      containers: () => this.runtimeContainers(),
      clock,
    });
    this.logBudget = this.budgetOfLogs();
    const sampler = new UsageSampler({ ...options, containers: () => this.allContainers() });
    const stats = () => sampler.summary();
    const server = new KubeletServer({
      stats,
      pods: () => [...this.workers.values()].map(({ record }) => ({ ...record.pod, ...statusOf(record) })),
    });
    const streams = new PodStreams({
      logSource: this.logSource,
      pod: (uid) => this.workers.get(uid)?.record,
      containers: () => this.allContainers(),
      serveHttp: (connection) => server.serve(connection),
      stats,
      clock,
    });
    this.streams = { open: (request) => streams.open(this.asHere(request)) };
  }

  /** What the board is short of. */
  get pressures(): ReadonlySet<Pressure> {
    return this.keeper.pressures;
  }

  onPressure(listener: () => void): void {
    this.keeper.onPressure(listener);
  }

  /** Starts the runtimes, takes up every container that still runs, and every pod that is wanted. */
  async start(): Promise<void> {
    const { runtimes } = this.options;
    for (const runtime of runtimes) await runtime.start();
    for (const runtime of runtimes) {
      runtime.onExit(({ podUid }) => this.workers.get(podUid)?.wake());
      runtime.onPodLost?.((podUid) => this.workers.get(podUid)?.wake());
    }
    await this.keeper.start();
    await this.statics?.start();
    this.running = true;
    this.desired.onChange((change) => this.changed(change));
    this.localVolumes.start();
    this.logBudget?.start();
    const pods = this.desired.pods();
    await this.takeOrphans(new Set(pods.map(({ metadata }) => metadata.uid)));
    for (const pod of pods) if (!this.mustWait(pod)) await this.take(pod);
    for (const worker of this.workers.values()) worker.wake();
  }

  /** `stopPods`: ends the workloads too, each with its grace period; else they run on without an agent. */
  async stop({ stopPods }: { stopPods: boolean }): Promise<void> {
    this.running = false;
    await this.statics?.stop();
    await this.keeper.stop();
    await this.logBudget?.stop();
    this.prober.stop();
    const workers = [...this.workers.values()];
    await Promise.all(workers.map((worker) => worker.stop()));
    if (stopPods) await Promise.all(workers.map((worker) => worker.stopContainers()));
    await this.localVolumes.stop();
    for (const runtime of this.options.runtimes) await runtime.stop();
  }

  /** The board goes down: every pod ends, the critical ones last, and no other begins. Resolves early when it is called off. */
  async shutDown(periods: ShutdownPeriods, calledOff: AbortSignal): Promise<void> {
    this.room.close();
    const workers = [...this.workers.values()].filter(({ record }) => occupies(record));
    const clock = this.options.clock;
    for (const group of shutdownGroups(workers, periods))
      await endPods(group, { containers: () => this.runtimeContainers(), clock, calledOff });
  }

  /** It does not go down. What has ended of the hub's pods is the hub's to replace; nobody else replaces static ones. */
  stayUp(): void {
    this.room.open();
    for (const worker of this.workers.values()) {
      if (isStatic(worker.record.pod)) worker.record.comeBack();
      worker.wake();
    }
  }

  private changed({
    resource,
    namespace,
    uid,
    gone,
  }: {
    resource: string;
    namespace: string;
    uid: string;
    gone: boolean;
  }): void {
    if (!this.running) return;
    if (resource === 'pods') this.podChanged(uid, gone);
    if (shownToPods.includes(resource)) {
      const concerned = [...this.workers.values()].filter(
        ({ record }) => !namespace || record.pod.metadata.namespace === namespace,
      );
      for (const worker of concerned) worker.configurationChanged();
    }
  }

  private podChanged(uid: string, gone: boolean): void {
    const { desired } = this;
    const { log } = this.options;
    const worker = this.workers.get(uid);
    const pod = desired.pod(uid);
    if (worker) {
      if (pod) worker.record.pod = pod;
      worker.record.unwanted = gone || !pod;
      worker.configurationChanged();
    } else if (pod && !this.mustWait(pod)) {
      this.take(pod)
        .then(({ record }) => {
          // It may have changed again, or be gone, since.
          const newest = desired.pod(uid);
          if (newest) record.pod = newest;
          record.unwanted = !newest;
          this.workers.get(uid)?.wake();
        })
        .catch((error) => log.error({ err: error, pod: pod.metadata.name }, 'taking up a pod'));
    }
  }

  private async take(pod: Live<Pod>): Promise<PodWorker> {
    const { uid } = pod.metadata;
    const known = this.workers.get(uid);
    if (known) return known;
    const startedAt = await this.paths.readStart(uid);
    const notes = await readNotes(this.paths.podFolder(uid));
    const meanwhile = this.workers.get(uid);
    if (meanwhile) return meanwhile;
    const worker = this.workerFor(pod, { ...(startedAt !== undefined && { startedAt }), notes });
    if (startedAt === undefined) this.room.admit(worker.record);
    return worker;
  }

  private workerFor(
    pod: Live<Pod>,
    known: Pick<RecordOptions, 'startedAt' | 'notes'>,
    ownRuntime?: Runtime,
  ): PodWorker {
    const { desired, reporter } = this;
    const {
      runtimes,
      nodeName,
      nodeIps,
      allocatable = unlimited,
      network = noNetwork,
      clock,
      log,
    } = this.options;
    const wanted = handlerOf(pod);
    const runtime = ownRuntime ?? (wanted ? runtimes.find(({ name }) => name === wanted) : runtimes[0]);
    const record = new PodRecord({ pod, runtime, clock, ...known });
    if (!runtime) this.refuseClass(record, wanted ?? '');
    const worker = new PodWorker({
      ...{ record, desired, reporter, nodeName, nodeIps, allocatable, network, clock, log },
      ...{ boot: this.boot, room: (one) => this.room.around(one) },
      runtime: runtime ?? runtimes[0],
      ...{ events: this.events, prober: this.prober, paths: this.paths },
      volumes: this.volumesOf(record.uid),
      finished: (uid) => this.finished(uid),
    });
    this.workers.set(record.uid, worker);
    return worker;
  }

  private finished(uid: string): void {
    this.workers.delete(uid);
    for (const { metadata } of this.desired.pods().filter(isStatic)) {
      if (!this.workers.has(metadata.uid)) this.podChanged(metadata.uid, false);
    }
  }

  /** A static pod comes after the one of its name that still ends: they share names, ports and files. */
  private mustWait(pod: Live<Pod>): boolean {
    if (!isStatic(pod)) return false;
    const others = [...this.workers.values()].map(({ record }) => record.pod);
    return others.some(
      (other) => fullName(other) === fullName(pod) && other.metadata.uid !== pod.metadata.uid,
    );
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

  private staticPods(path: string): StaticPods {
    const { desired, reporter, nodeName, clock, log } = this.options;
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

  private refuseClass(record: PodRecord, wanted: string): void {
    const known = this.options.runtimes.map(({ name }) => name).join(', ');
    const message = `Failed to create pod sandbox: no runtime for runtimeClassName "${wanted}": this node has ${known}`;
    record.setBack('', 'FailedCreatePodSandBox', message, never);
    this.events.pod(record.pod, 'Warning', 'FailedCreatePodSandBox', message);
  }

  private async runtimeContainers(): Promise<RuntimeContainer[]> {
    return (await this.allContainers()).map(({ container }) => container);
  }

  private async logsInUse(): Promise<ReadonlySet<string>> {
    const running = (await this.runtimeContainers()).filter(({ state }) => state === 'running');
    return new Set(
      running.map((container) => this.paths.logFile(orphan(container), container.name, container.attempt)),
    );
  }

  private async allContainers(): Promise<{ container: RuntimeContainer; runtime: Runtime }[]> {
    const lists = this.options.runtimes.map(async (runtime) =>
      (await runtime.list()).map((container) => ({ container, runtime })),
    );
    return (await Promise.all(lists)).flat();
  }

  /** Containers and folders of pods that were removed while no agent ran: stopped and cleaned, nothing to report. */
  private async takeOrphans(wanted: ReadonlySet<string>): Promise<void> {
    for (const { container, runtime } of await this.allContainers()) {
      if (wanted.has(container.podUid) || this.workers.has(container.podUid)) continue;
      this.workerFor(orphan(container), {}, runtime).record.unwanted = true;
    }
    for (const uid of await podFolders(this.paths.podsFolder)) {
      if (!wanted.has(uid) && !this.workers.has(uid)) await this.volumesOf(uid).remove();
    }
  }
}

/** What a pod's class asks to be run by; undefined: it names none. */
function handlerOf({ spec, metadata }: Live<Pod>): string | undefined {
  const name = spec?.runtimeClassName;
  return name ? (metadata.annotations?.[runtimeHandlerAnnotation] ?? name) : undefined;
}

function statusOf({ status }: PodRecord): { status?: PodStatus } {
  return status ? { status } : {};
}

/** What is still known of a pod that is gone: enough to end it. */
function orphan({ podUid, podName, podNamespace }: RuntimeContainer): Live<Pod> {
  return {
    metadata: {
      uid: podUid,
      name: podName,
      namespace: podNamespace,
      resourceVersion: '0',
      creationTimestamp: '1970-01-01T00:00:00Z',
    },
    spec: { containers: [] },
  };
}
