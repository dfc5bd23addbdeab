// A worker for each pod that this node is to run, and for what is left of others: taken up, woken by whatever may concern
// it, forgotten when nothing of its pod is left.

import { rm } from 'node:fs/promises';
import type { Pod } from '../../shared/api/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { NodeRoom } from './node-room.ts';
import type { NodeRuntimes } from './node-runtimes.ts';
import { orphanOf } from './orphan.ts';
import { readNotes, readSaid } from './pod-notes.ts';
import { PodRecord, type RecordOptions } from './pod-record.ts';
import { PodWorker, type WorkerOptions } from './pod-worker.ts';
import { fullName, isStatic } from './static-pods/static-pod.ts';
import { type PodVolumes, podFolders } from './volumes/pod-volumes.ts';

/** What all workers have in common, and what makes each one's own. */
export type PodWorkersOptions = Omit<
  WorkerOptions,
  'record' | 'runtime' | 'volumes' | 'room' | 'finished'
> & {
  runtimes: NodeRuntimes;
  room: NodeRoom;
  volumesOf(uid: string): PodVolumes;
};

/** Resources that pods' volumes and variables come from. */
const shownToPods = ['configmaps', 'secrets', 'persistentvolumeclaims', 'persistentvolumes'];
const never = () => Number.POSITIVE_INFINITY;

interface Change {
  resource: string;
  namespace: string;
  uid: string;
  gone: boolean;
}

export class PodWorkers {
  private readonly options: PodWorkersOptions;
  private readonly workers = new Map<string, PodWorker>();
  private running = false;

  constructor(options: PodWorkersOptions) {
    this.options = options;
  }

  all(): PodWorker[] {
    return [...this.workers.values()];
  }

  records(): PodRecord[] {
    return this.all().map(({ record }) => record);
  }

  record(uid: string): PodRecord | undefined {
    return this.workers.get(uid)?.record;
  }

  wake(uid: string): void {
    this.workers.get(uid)?.wake();
  }

  /** Takes up every container that still runs, and every pod that is wanted. */
  async start(): Promise<void> {
    const { desired } = this.options;
    this.running = true;
    desired.onChange((change) => this.changed(change));
    const pods = desired.pods();
    await this.takeOrphans(new Set(pods.map(({ metadata }) => metadata.uid)));
    for (const pod of pods) if (!this.mustWait(pod)) await this.take(pod);
    for (const worker of this.workers.values()) worker.wake();
  }

  /** Nothing that changes is taken up any more. */
  pause(): void {
    this.running = false;
  }

  /** `stopPods`: ends the workloads too, each with its grace period. */
  async stop({ stopPods }: { stopPods: boolean }): Promise<void> {
    this.pause();
    await Promise.all(this.all().map((worker) => worker.stop()));
    if (stopPods) await Promise.all(this.all().map((worker) => worker.stopContainers()));
  }

  private changed({ resource, namespace, uid, gone }: Change): void {
    if (!this.running) return;
    if (resource === 'pods') this.podChanged(uid, gone);
    if (shownToPods.includes(resource)) {
      const concerned = this.all().filter(
        ({ record }) => !namespace || record.pod.metadata.namespace === namespace,
      );
      for (const worker of concerned) worker.configurationChanged();
    }
  }

  private podChanged(uid: string, gone: boolean): void {
    const { desired, log } = this.options;
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
    const { paths, room, runtimes } = this.options;
    const startedAt = await paths.readStart(uid);
    const folder = paths.podFolder(uid);
    const [notes, said] = await Promise.all([readNotes(folder), readSaid(folder)]);
    const meanwhile = this.workers.get(uid);
    if (meanwhile) return meanwhile;
    const worker = this.workerFor(pod, {
      ...(startedAt !== undefined && { startedAt }),
      ...{ notes, ...(said && { said }) },
    });
    if (startedAt === undefined) room.admit(worker.record, runtimes.of(pod)?.shortcomings ?? new Map());
    return worker;
  }

  private workerFor(
    pod: Live<Pod>,
    known: Pick<RecordOptions, 'startedAt' | 'notes' | 'said'>,
    ownRuntime?: Runtime,
  ): PodWorker {
    const { runtimes, room, volumesOf, ...shared } = this.options;
    const runtime = ownRuntime ?? runtimes.of(pod);
    const record = new PodRecord({ pod, runtime, clock: shared.clock, ...known });
    if (!runtime) this.refuseClass(record);
    const worker = new PodWorker({
      ...{ ...shared, record, runtime: runtime ?? runtimes.first, volumes: volumesOf(record.uid) },
      room: (one) => room.around(one),
      finished: (uid) => this.finished(uid),
    });
    this.workers.set(record.uid, worker);
    return worker;
  }

  private finished(uid: string): void {
    this.workers.delete(uid);
    for (const { metadata } of this.options.desired.pods().filter(isStatic)) {
      if (!this.workers.has(metadata.uid)) this.podChanged(metadata.uid, false);
    }
  }

  /** A static pod comes after the one of its name that still ends: they share names, ports and files. */
  private mustWait(pod: Live<Pod>): boolean {
    if (!isStatic(pod)) return false;
    const others = this.records().map(({ pod: other }) => other);
    return others.some(
      (other) => fullName(other) === fullName(pod) && other.metadata.uid !== pod.metadata.uid,
    );
  }

  private refuseClass(record: PodRecord): void {
    const { runtimes, events } = this.options;
    const message = `Failed to create pod sandbox: ${runtimes.refusal(record.pod)}`;
    record.setBack('', 'FailedCreatePodSandBox', message, never);
    events.pod(record.pod, 'Warning', 'FailedCreatePodSandBox', message);
  }

  /** Containers, folders and logs of pods that were removed while no agent ran: stopped and cleaned, nothing to report. */
  private async takeOrphans(wanted: ReadonlySet<string>): Promise<void> {
    const { runtimes, paths, volumesOf } = this.options;
    for (const { container, runtime } of await runtimes.list()) {
      if (wanted.has(container.podUid) || this.workers.has(container.podUid)) continue;
      this.workerFor(orphanOf(container), {}, runtime).record.unwanted = true;
    }
    for (const uid of await podFolders(paths.podsFolder)) {
      if (!wanted.has(uid) && !this.workers.has(uid)) await volumesOf(uid).remove();
    }
    for (const [uid, folder] of await paths.logFolders()) {
      if (!wanted.has(uid) && !this.workers.has(uid)) await rm(folder, { recursive: true, force: true });
    }
  }
}
