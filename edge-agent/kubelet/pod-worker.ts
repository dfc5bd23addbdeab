// Brings one pod to what is wanted: look, report, plan, act, until no step is left; then it waits to be woken.
// Never two at once for one pod.

import type { Clock, Logger, Timer } from '../../shared/base/index.ts';
import { deepEqual } from '../../shared/machinery/index.ts';
import type { DesiredState, Reporter } from '../link/index.ts';
import { type Runtime, type RuntimeContainer, RuntimeFailure } from '../runtime/index.ts';
import { execute } from './executors.ts';
import type { PodFacts } from './field-ref.ts';
import { LastWords } from './last-words.ts';
import type { NodeNetwork } from './network/node-network.ts';
import { isTerminating, type ObservedPod } from './observed-pod.ts';
import { graceMs, planPod, planStops, type Step } from './plan-pod.ts';
import type { EventRecorder } from './pod-events.ts';
import { type PodFailure, saveNotes } from './pod-notes.ts';
import type { PodPaths } from './pod-paths.ts';
import type { PodRecord } from './pod-record.ts';
import { podStatus } from './pod-status.ts';
import type { Prober } from './probes/prober.ts';
import { SaidStatus } from './said-status.ts';
import type { StepContext } from './step-context.ts';
import { MountFailure, type PodVolumes } from './volumes/pod-volumes.ts';

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
  private readonly lastWords: LastWords;
  private readonly said: SaidStatus;
  private timer: Timer | undefined;
  private nextWakeMs = Number.POSITIVE_INFINITY;
  private dirty = false;
  private running: Promise<void> | undefined;
  private volumesStale = false;
  private volumesReleased = false;
  private stopped = false;

  constructor(options: WorkerOptions) {
    this.options = options;
    this.record = options.record;
    this.lastWords = new LastWords(options.paths);
    this.said = new SaidStatus({ folder: options.paths.podFolder(options.record.uid), clock: options.clock });
  }

  /** Something about the pod may have changed. */
  wake(): void {
    this.dirty = true;
    if (this.stopped || this.running) return;
    this.running = this.run().finally(() => {
      this.running = undefined;
      if (this.dirty && !this.stopped) this.wake();
    });
  }

  /** What the pod's volumes or variables come from may have changed. */
  configurationChanged(): void {
    this.volumesStale = true;
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
    return (await this.containers()).some(({ state }) => state === 'running');
  }

  /** What failed it for now is over: what was taken down for that is made anew. */
  comeBack(): void {
    this.record.comeBack();
    this.volumesReleased = false;
    this.wake();
  }

  /** No more steps; containers run on. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.running;
    await this.said.save();
  }

  /** After `stop`: ends every container with its grace period and preStop hook, sidecars last. */
  async stopContainers(): Promise<void> {
    const { record, prober, room } = this.options;
    for (;;) {
      const observed = record.observe(await this.containers(), prober, room(record));
      const steps = planStops(observed, graceMs(observed));
      for (const step of steps) await execute(this.context(), step);
      if (this.works.size === 0) return;
      await Promise.all(this.works);
    }
  }

  private async run(): Promise<void> {
    this.dirty = false;
    this.timer?.cancel();
    this.nextWakeMs = Number.POSITIVE_INFINITY;
    try {
      await this.keepVolumes();
      await this.bringAbout();
      this.nextWakeMs = Math.min(this.nextWakeMs, this.untilVolumes(), await this.said.untilDue());
    } catch (error) {
      this.options.log.error({ err: error, pod: this.name }, 'working on a pod');
      this.nextWakeMs = retryAfterFaultMs;
    }
    if (this.stopped || this.nextWakeMs > longestTimer) return;
    this.timer = this.options.clock.after(this.nextWakeMs, () => this.wake());
  }

  private get name(): string {
    const { namespace, name } = this.record.pod.metadata;
    return `${namespace}/${name}`;
  }

  private async bringAbout(): Promise<void> {
    for (let round = 0; round < mostRounds && !this.stopped; round++) {
      const observed = await this.look();
      await this.report(observed);
      const steps = planPod(observed);
      this.nextWakeMs = Number.POSITIVE_INFINITY;
      await this.carryOut(steps);
      if (this.record.cleaned) this.said.forget();
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

  private async containers(): Promise<RuntimeContainer[]> {
    const all = await this.options.runtime.list();
    return all.filter(({ podUid }) => podUid === this.record.uid);
  }

  private async look(): Promise<ObservedPod> {
    const { record, prober } = this.options;
    const containers = await this.lastWords.addTo(await this.containers(), record.pod);
    const ending = this.record.unwanted || record.pod.metadata.deletionTimestamp !== undefined;
    for (const container of containers) {
      if (container.state === 'exited') prober.remove(container.id);
      else if (ending) prober.stopping(container.id);
      else this.probe(container);
    }
    return record.observe(containers, prober, this.options.room(record));
  }

  private probe(container: RuntimeContainer): void {
    const { record, prober, runtime, clock } = this.options;
    const { containers = [], initContainers = [] } = record.pod.spec ?? {};
    const wanted = [...containers, ...initContainers].find(({ name }) => name === container.name);
    if (!wanted) return;
    prober.add({
      pod: record.pod,
      container: wanted,
      id: container.id,
      host: this.facts().podIps[0] ?? '127.0.0.1',
      runtime,
      runningForMs: Math.max(0, clock.now() - container.startedAt),
      before: record.reportedVerdicts(container),
    });
  }

  private async report(observed: ObservedPod): Promise<void> {
    const { record, reporter, clock, nodeIps, runtime } = this.options;
    if (record.unwanted || record.cleaned) return;
    if (!record.status && hasHadItsLastStatus(observed)) return;
    const status = podStatus(observed, {
      previous: record.status ?? record.pod.status,
      now: clock.now(),
      startedAt: record.startedAt,
      runtime: runtime.name,
      nodeIps,
      podIps: this.podIps(observed),
    });
    if (record.status && deepEqual(status, record.status)) return;
    record.status = status;
    reporter.podStatus(record.pod, status);
    await this.said.note(status);
  }

  /** After a restart of the agent the addresses are those reported before, until the network is looked at again. */
  private podIps(observed: ObservedPod): readonly string[] {
    const { podIps, pod } = this.record;
    if (podIps.length > 0 || observed.containers.length === 0) return podIps;
    return (pod.status?.podIPs ?? []).flatMap(({ ip }) => (ip ? [ip] : []));
  }

  private async keepVolumes(): Promise<void> {
    const { record, volumes } = this.options;
    const { volumesStale } = this;
    this.volumesStale = false;
    if (this.hasEnded && !this.volumesReleased) {
      this.volumesReleased = true;
      await volumes.release();
    }
    if (!this.hasVolumes()) return;
    if (volumesStale || volumes.untilRefresh(record.pod) === 0) await this.refreshVolumes();
    if (volumes.untilLook(record.pod) === 0) await this.evictIfOverfull();
  }

  private hasVolumes(): boolean {
    return this.record.prepared && !this.record.cleaned && !this.hasEnded;
  }

  /** For good: none of its containers runs again. */
  private get hasEnded(): boolean {
    const { failed, status, pod } = this.record;
    const { phase } = status ?? pod.status ?? {};
    return failed !== undefined || phase === 'Succeeded' || phase === 'Failed';
  }

  /** Milliseconds until a volume needs care. */
  private untilVolumes(): number {
    const { record, volumes } = this.options;
    const waits = [volumes.untilRefresh(record.pod), volumes.untilLook(record.pod)];
    return this.hasVolumes()
      ? Math.min(...waits.map((ms) => ms ?? Number.POSITIVE_INFINITY))
      : Number.POSITIVE_INFINITY;
  }

  private async refreshVolumes(): Promise<void> {
    const { record, events, volumes } = this.options;
    try {
      await volumes.refresh(this.facts());
    } catch (error) {
      if (!(error instanceof MountFailure)) throw error;
      events.pod(record.pod, 'Warning', 'FailedMount', error.message);
    }
  }

  private async evictIfOverfull(): Promise<void> {
    const { record, volumes } = this.options;
    const message = await volumes.overfull(record.pod);
    if (message !== undefined) await this.fail({ reason: 'Evicted', message, graceSeconds: 1 }, 'Warning');
  }

  private facts(): PodFacts {
    const { record, nodeName, nodeIps, allocatable, network } = this.options;
    const podIps = record.podIps.length > 0 ? record.podIps : nodeIps;
    return { pod: record.pod, nodeName, hostIps: nodeIps, podIps, allocatable, network };
  }

  private context(): StepContext {
    const { record, runtime, desired, reporter, events, paths, volumes, boot, clock, log } = this.options;
    return {
      ...{ record, runtime, desired, reporter, events, paths, volumes, boot, clock, log },
      facts: () => this.facts(),
      wakeIn: (ms) => {
        this.nextWakeMs = Math.min(this.nextWakeMs, ms);
      },
      background: (work) => this.background(work),
      reportStatus: async () => this.report(await this.look()),
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

/** A pod of which nothing is left here after it ended, as far as an agent that was started since can know. */
function hasHadItsLastStatus(observed: ObservedPod): boolean {
  if (observed.containers.length > 0 || observed.failed) return false;
  const phase = observed.pod.status?.phase;
  return isTerminating(observed) || phase === 'Succeeded' || phase === 'Failed';
}
