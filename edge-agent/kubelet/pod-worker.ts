// Brings one pod to what is wanted: look, report, plan, act, until no step is left; then it waits to be woken.
// Never two at once for one pod.

import { rm } from 'node:fs/promises';
import { isOver } from '../../shared/api/index.ts';
import type { Clock, Logger, Timer } from '../../shared/base/index.ts';
import type { DesiredState, Reporter } from '../link/index.ts';
import { type Runtime, RuntimeFailure } from '../runtime/index.ts';
import type { PodFacts } from './container/field-ref.ts';
import type { NodeNetwork } from './network/node-network.ts';
import type { ObservedPod } from './observed-pod.ts';
import { graceMs, planPod, planStops, type Step } from './plan-pod.ts';
import type { EventRecorder } from './pod-events.ts';
import { PodLook } from './pod-look.ts';
import { type PodFailure, saveNotes } from './pod-notes.ts';
import type { PodPaths } from './pod-paths.ts';
import type { PodRecord } from './pod-record.ts';
import type { Prober } from './probes/prober.ts';
import { type Reach, reachOf } from './probes/reach.ts';
import { StatusReport } from './status/status-report.ts';
import { execute } from './steps/executors.ts';
import type { StepContext } from './steps/step-context.ts';
import { VolumeCare } from './volume-care.ts';
import type { PodVolumes } from './volumes/pod-volumes.ts';

export interface WorkerOptions {
  record: PodRecord;
  /** Stands in where the pod's own class of runtime is missing: there is nothing of it to run or to remove then. */
  runtime: Runtime;
  desired: DesiredState;
  reporter: Reporter;
  events: EventRecorder;
  prober: Prober;
  paths: PodPaths;
  volumes: PodVolumes;
  nodeName: string;
  nodeIps: readonly string[];
  allocatable: PodFacts['allocatable'];
  network: NodeNetwork;
  /** What the other pods leave to this one. */
  room(record: PodRecord): ObservedPod['room'];
  /** The board's start. */
  boot: string;
  clock: Clock;
  log: Logger;
  /** Everything of a pod that is gone was removed. */
  finished(uid: string): void;
}

/** Steps of one wake; a plan that never comes to rest would be a fault of ours. */
const mostRounds = 100;
const longestTimer = 2 ** 31 - 1;
const retryAfterFaultMs = 10_000;

export class PodWorker {
  readonly record: PodRecord;
  private readonly options: WorkerOptions;
  private readonly works = new Set<Promise<void>>();
  private readonly looks: PodLook;
  private readonly status: StatusReport;
  private readonly volumes: VolumeCare;
  private timer: Timer | undefined;
  private nextWakeMs = Number.POSITIVE_INFINITY;
  private dirty = false;
  private running: Promise<void> | undefined;
  private stopped = false;
  private ending = new AbortController();

  constructor(options: WorkerOptions) {
    this.options = options;
    this.record = options.record;
    const { record, runtime, paths } = options;
    const facts = () => this.facts();
    this.looks = new PodLook({ ...options, reach: () => this.reach() });
    this.status = new StatusReport({
      ...options,
      ...{ runtime: runtime.name, folder: paths.podFolder(record.uid) },
    });
    this.volumes = new VolumeCare({
      ...{ ...options, facts, runs: () => this.runs() },
      containerFolders: () => this.looks.folders(),
      overfull: (message) => this.fail({ reason: 'Evicted', message, graceSeconds: 1 }, 'Warning'),
    });
  }

  /** Something about the pod may have changed. */
  wake(): void {
    this.dirty = true;
    if (this.mayStartNothing) this.ending.abort();
    if (this.stopped || this.running) return;
    this.running = this.run().finally(() => {
      this.running = undefined;
      if (this.dirty && !this.stopped) this.wake();
    });
  }

  /** What the pod's volumes or variables come from may have changed. */
  configurationChanged(): void {
    this.volumes.sourcesChanged();
    this.record.retryNow();
    this.wake();
  }

  /** Resolves when everything that it was woken for is done and reported. */
  async rest(): Promise<void> {
    while (this.running) await this.running;
  }

  /** The pod may not run here any longer; said in an event. Kept over a restart of the agent. */
  async fail(failure: PodFailure, type: 'Normal' | 'Warning'): Promise<void> {
    const { record, events, paths } = this.options;
    record.notes.failed = failure;
    await saveNotes(paths.podFolder(record.uid), record.notes);
    events.pod(record.pod, type, failure.reason, failure.message);
    this.wake();
  }

  /** Something of it runs. */
  async runs(): Promise<boolean> {
    return (await this.looks.containers()).some(({ state }) => state === 'running');
  }

  /** By the container's name: what it wrote lies there. */
  containerFolders(): Promise<ReadonlyMap<string, readonly string[]>> {
    return this.looks.folders();
  }

  /** Of a pod that is over, and has said so: gives back what its containers wrote, and their logs. */
  async discard(): Promise<void> {
    const { record, runtime, paths } = this.options;
    const { status } = record.pod;
    if (record.discarded || record.unwanted || !status || !isOver(status) || (await this.runs())) return;
    record.discarded = true;
    await this.rest();
    await runtime.removePod(record.uid);
    await rm(paths.logFolder(record.pod), { recursive: true, force: true });
  }

  /** What failed it for now is over: what was taken down for that is made anew. */
  comeBack(): void {
    this.record.comeBack();
    this.volumes.comeBack();
    this.wake();
  }

  /** No more steps; containers run on. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.ending.abort();
    this.timer?.cancel();
    await this.running;
    await this.status.said.save();
  }

  /** After `stop`: ends every container with its grace period and preStop hook, sidecars last. */
  async stopContainers(): Promise<void> {
    for (;;) {
      const observed = await this.looks.glance();
      const steps = planStops(observed, graceMs(observed));
      for (const step of steps) await execute(this.context(), step);
      if (this.works.size === 0) break;
      await Promise.all(this.works);
    }
    await this.options.volumes.takeDown();
  }

  private async run(): Promise<void> {
    this.dirty = false;
    if (this.ending.signal.aborted && !this.mayStartNothing) this.ending = new AbortController();
    this.timer?.cancel();
    this.nextWakeMs = Number.POSITIVE_INFINITY;
    try {
      await this.volumes.keep();
      await this.bringAbout();
      this.nextWakeMs = Math.min(this.nextWakeMs, this.volumes.untilDue(), await this.status.said.untilDue());
    } catch (error) {
      this.options.log.error({ err: error, pod: this.name }, 'working on a pod');
      this.nextWakeMs = retryAfterFaultMs;
    }
    if (this.stopped || this.nextWakeMs > longestTimer) return;
    this.timer = this.options.clock.after(this.nextWakeMs, () => this.wake());
  }

  private get mayStartNothing(): boolean {
    const { unwanted, failed, pod } = this.record;
    return unwanted || failed !== undefined || pod.metadata.deletionTimestamp !== undefined;
  }

  private get name(): string {
    const { namespace, name } = this.record.pod.metadata;
    return `${namespace}/${name}`;
  }

  private async bringAbout(): Promise<void> {
    for (let round = 0; round < mostRounds && !this.stopped; round++) {
      const observed = await this.looks.look();
      await this.status.report(observed);
      const steps = planPod(observed);
      this.nextWakeMs = Number.POSITIVE_INFINITY;
      await this.carryOut(steps);
      if (this.record.cleaned) this.status.said.forget();
      if (this.record.cleaned && this.record.unwanted) return this.options.finished(this.record.uid);
      if (steps.every((step) => step.do === 'lookAgain')) return;
    }
  }

  /** In order; after a failure the container's later steps are left out. */
  private async carryOut(steps: readonly Step[]): Promise<void> {
    const failed = new Set<string>();
    const context = this.context();
    for (const step of steps) {
      if (this.stopped) return;
      const name = 'container' in step ? step.container.name : undefined;
      if (name !== undefined && failed.has(name)) continue;
      try {
        await execute(context, step);
      } catch (error) {
        if (!(error instanceof RuntimeFailure) || name === undefined) throw error;
        failed.add(name);
        this.options.log.debug({ pod: this.name, container: name, reason: error.reason }, error.message);
      }
    }
  }

  private facts(): PodFacts {
    const { record, nodeName, nodeIps, allocatable, network } = this.options;
    const podIps = record.podIps.length > 0 ? record.podIps : nodeIps;
    return { pod: record.pod, nodeName, hostIps: nodeIps, podIps, allocatable, network };
  }

  private reach(): Reach {
    const { record, nodeIps, runtime } = this.options;
    return reachOf(record, nodeIps, runtime);
  }

  private context(): StepContext {
    const { record, runtime, desired, reporter, events, paths, volumes, boot, clock, log } = this.options;
    return {
      ...{ record, runtime, desired, reporter, events, paths, volumes, boot, clock, log },
      ending: this.ending.signal,
      facts: () => this.facts(),
      reach: () => this.reach(),
      wakeIn: (ms) => {
        this.nextWakeMs = Math.min(this.nextWakeMs, ms);
      },
      background: (work) => this.background(work),
      reportStatus: async () => this.status.report(await this.looks.look()),
    };
  }

  private background(work: () => Promise<void>): void {
    const promise = work()
      .catch((error) => this.options.log.error({ err: error, pod: this.name }, 'working on a pod'))
      .finally(() => {
        this.works.delete(promise);
        this.wake();
      });
    this.works.add(promise);
  }
}
