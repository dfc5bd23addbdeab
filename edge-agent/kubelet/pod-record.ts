// What the kubelet remembers of one pod between looks, and how it makes an ObservedPod of that and of the runtime.

import { isConditionOfNode, isOver, type Pod, type PodStatus } from '../../shared/api/index.ts';
import { backoffDelay, type Clock } from '../../shared/base/index.ts';
import { type Live, parseTime } from '../../shared/machinery/index.ts';
import type { ContainerMount, Runtime, RuntimeContainer } from '../runtime/index.ts';
import type { ObservedContainer, ObservedPod, Setback } from './observed-pod.ts';
import { noBoot, type PodFailure, type PodNotes } from './pod-notes.ts';
import type { Prober } from './probes/prober.ts';
import { isStatic } from './static-pods/static-pod.ts';
import type { VolumePlace } from './volumes/volume-type.ts';

/** Milliseconds of the monotonic clock. */
type Instant = number;

interface Delay {
  reason: string;
  message: string;
  retryAt: Instant;
  /** How often it went wrong in a row. */
  tries: number;
}

/** Boards without a clock battery begin in 1970: no time before this is one. */
const timeIsKnown = Date.UTC(2020, 0);

export interface RecordOptions {
  pod: Live<Pod>;
  /** Undefined: this node has no runtime of the class that the pod asks for. */
  runtime: Runtime | undefined;
  clock: Clock;
  /** Milliseconds since the epoch, if an earlier agent noted it. */
  startedAt?: number;
  /** What an earlier agent noted. */
  notes?: PodNotes;
  /** What an earlier agent said last. */
  said?: PodStatus;
}

export class PodRecord {
  readonly runtime: Runtime | undefined;
  readonly startedAt: number;
  readonly crashes = new Map<string, number>();
  readonly volumePlaces = new Map<string, VolumePlace>();
  networkFiles: readonly ContainerMount[] = [];
  /** Container → who its image runs as. */
  readonly imageUsers = new Map<string, string>();
  /** Container → how far the pull of its image is, where that takes long. */
  readonly pulls = new Map<string, string>();
  /** Id → its preStop hook, of containers that wait for their turn to be stopped; never rejects. */
  readonly announced = new Map<string, Promise<void>>();
  /** Those that go for its sake have gone; never rejects. Absent: there was room. */
  roomIsMade: Promise<unknown> | undefined;
  unwanted = false;
  prepared = false;
  cleaned = false;
  /** It is over, and its containers were given up for what they keep: what was said of it stays. */
  discarded = false;
  podIps: readonly string[] = [];
  readonly notes: PodNotes;
  /** As it was reported last. */
  status: PodStatus | undefined;
  private ofHub: Live<Pod>;
  private saidBefore: PodStatus | undefined;
  private passing: PodFailure | undefined;
  private readonly clock: Clock;
  private readonly delays = new Map<string, Delay>();
  private readonly exits = new Map<string, Instant>();
  private readonly stops = new Map<string, Instant>();
  private readonly killed = new Set<string>();
  private readonly hooks = new Set<string>();
  private readonly began: Instant;
  private terminatingSince: { at: Instant; graceSeconds: number | undefined } | undefined;

  constructor({ pod, runtime, clock, startedAt, notes, said }: RecordOptions) {
    this.ofHub = pod;
    this.saidBefore = said;
    this.runtime = runtime;
    this.clock = clock;
    const reported = pod.status?.startTime ? parseTime(String(pod.status.startTime)) : undefined;
    // A start noted before the board learned the time would make the pod decades old.
    this.startedAt =
      [startedAt, reported].find((time) => time !== undefined && time > timeIsKnown) ?? clock.now();
    this.notes = notes ?? { resources: {}, earlier: [] };
    const { phase, reason, message = '' } = pod.status ?? {};
    // What the hub has seen fail does not come back; of static pods the hub only sees.
    if (phase === 'Failed' && reason && !isStatic(pod)) this.notes.failed ??= { reason, message };
    this.began = clock.monotonic() - Math.max(0, clock.now() - this.startedAt);
  }

  get uid(): string {
    return this.ofHub.metadata.uid;
  }

  /** As the hub sent it; its status is what was said of it since, which the hub does not send back. */
  get pod(): Live<Pod> {
    const said = this.status ?? this.saidBefore;
    const { status: known } = this.ofHub;
    if (!said || (known && isOver(known) && !isStatic(this.ofHub))) return this.ofHub;
    const ofOthers = (known?.conditions ?? []).filter((one) => !isConditionOfNode(one));
    const own = (said.conditions ?? []).filter(isConditionOfNode);
    return { ...this.ofHub, status: { ...said, conditions: [...ofOthers, ...own] } };
  }

  set pod(pod: Live<Pod>) {
    // Another image is tried at once, as upstream, whose delays are each image's own.
    for (const name of otherImages(this.ofHub, pod)) this.overcame(name);
    this.ofHub = pod;
  }

  get failed(): PodFailure | undefined {
    return this.notes.failed ?? this.passing;
  }

  /** Fails it as long as this agent runs: where the hub has not heard of it, the pod comes back with the board. */
  failForNow(failure: PodFailure): void {
    this.passing = failure;
  }

  /** What failed it for now is over. */
  comeBack(): void {
    this.passing = undefined;
    this.prepared = false;
    // It is no longer over, whatever was said.
    if (this.status) this.status = { ...this.status, phase: 'Pending' };
  }

  setBack(name: string, reason: string, message: string, delayMs: (tries: number) => number): void {
    const tries = (this.delays.get(name)?.tries ?? 0) + 1;
    this.delays.set(name, { reason, message, tries, retryAt: this.clock.monotonic() + delayMs(tries) });
  }

  /** Changes the words only: when to retry stays. */
  rename(name: string, reason: string, message: string): void {
    const delay = this.delays.get(name);
    if (delay) this.delays.set(name, { ...delay, reason, message });
  }

  reasonFor(name: string): string | undefined {
    return this.delays.get(name)?.reason;
  }

  overcame(name: string): void {
    this.delays.delete(name);
  }

  /** What went wrong for want of configuration is tried again now, as that has changed. */
  retryNow(): void {
    for (const delay of this.delays.values()) {
      if (delay.reason === '' || delay.reason === 'CreateContainerConfigError') delay.retryAt = 0;
    }
  }

  /** Answers true when it was not being stopped before. */
  beginStop(id: string, killInMs: number): boolean {
    const first = !this.stops.has(id);
    this.stops.set(id, this.clock.monotonic() + killInMs);
    this.killed.add(id);
    return first;
  }

  /** Milliseconds until the container is to be killed. */
  stopLeft(id: string): number {
    return (this.stops.get(id) ?? 0) - this.clock.monotonic();
  }

  endStop(id: string): void {
    this.stops.delete(id);
  }

  /** While its postStart hook runs, a container has not started. */
  hookRuns(id: string, runs: boolean): void {
    if (runs) this.hooks.add(id);
    else this.hooks.delete(id);
  }

  observe(containers: readonly RuntimeContainer[], prober: Prober, room: ObservedPod['room']): ObservedPod {
    const now = this.clock.monotonic();
    const terminatingForMs = this.terminatingFor(now);
    const setbacks = new Map<string, Setback>();
    for (const [name, { reason, message, retryAt }] of this.delays) {
      setbacks.set(name, { reason, message, retryInMs: Math.max(0, retryAt - now) });
    }
    return {
      pod: this.pod,
      unwanted: this.unwanted,
      prepared: this.prepared,
      ...(this.runtime?.podLost?.(this.uid) && { lost: this.notes.boot === noBoot ? 'noted' : 'new' }),
      containers: containers.map((container) => this.observeContainer(container, prober, now)),
      setbacks,
      crashes: this.crashes,
      pulls: this.pulls,
      ...(this.failed && { failed: this.failed }),
      resources: new Map(Object.entries(this.notes.resources)),
      canResize: this.runtime?.updateContainer !== undefined,
      room,
      activeForMs: now - this.began,
      ...(terminatingForMs !== undefined && { terminatingForMs }),
      cleaned: this.cleaned,
    };
  }

  /** Counted anew when the grace period is changed by a second deletion. */
  private terminatingFor(now: Instant): number | undefined {
    const { deletionTimestamp, deletionGracePeriodSeconds } = this.pod.metadata;
    if (!this.unwanted && deletionTimestamp === undefined) return undefined;
    const since = this.terminatingSince;
    if (!since || since.graceSeconds !== deletionGracePeriodSeconds) {
      this.terminatingSince = { at: now, graceSeconds: deletionGracePeriodSeconds };
      return 0;
    }
    return now - since.at;
  }

  private observeContainer(container: RuntimeContainer, prober: Prober, now: Instant): ObservedContainer {
    if (container.state === 'exited') {
      const ago = Math.max(0, this.clock.now() - container.finishedAt);
      const exit = this.exits.get(container.id) ?? now - ago;
      this.exits.set(container.id, exit);
      const earlier = this.notes.earlier.includes(container.id) ? { earlier: true as const } : {};
      const killed = this.killed.has(container.id) ? { killed: true as const } : {};
      return { ...container, ...earlier, ...killed, exitedForMs: now - exit, started: false, ready: false };
    }
    const verdicts = prober.verdicts(container.id) ?? this.reportedVerdicts(container);
    const hooked = this.hooks.has(container.id);
    const deadline = this.stops.get(container.id);
    return {
      ...container,
      ...verdicts,
      started: verdicts.started && !hooked,
      ready: verdicts.ready && !hooked,
      ...(hooked && { hooked: true as const }),
      ...(this.announced.has(container.id) && { announced: true as const }),
      ...(deadline !== undefined && { stoppingMs: Math.max(0, deadline - now) }),
    };
  }

  /** What the hub was told of that very container, by this agent or the one before. */
  reportedVerdicts(container: RuntimeContainer): { started: boolean; ready: boolean } {
    const { containerStatuses = [], initContainerStatuses = [] } = this.status ?? this.pod.status ?? {};
    const reported = [...containerStatuses, ...initContainerStatuses].find(({ containerID }) =>
      containerID?.endsWith(container.id),
    );
    return { started: reported?.started ?? false, ready: reported?.ready ?? false };
  }

  forgetContainer(id: string): void {
    this.exits.delete(id);
    this.stops.delete(id);
    this.announced.delete(id);
    this.killed.delete(id);
    this.hooks.delete(id);
  }
}

/** Names of the containers that are to run another image. */
function otherImages(before: Live<Pod>, { spec }: Live<Pod>): string[] {
  const all = (of: Live<Pod>['spec']) => [...(of?.containers ?? []), ...(of?.initContainers ?? [])];
  const known = new Map(all(before.spec).map(({ name, image }) => [name, image]));
  return all(spec).flatMap(({ name, image }) => (known.get(name) === image ? [] : [name]));
}

/** Delays after failed mounts: half a second, doubling to two minutes, as upstream. */
export const mountDelay = (tries: number) => backoffDelay(tries - 1, { base: 500, max: 122_000 });
/** After failed pulls: ten seconds, doubling to five minutes. */
export const imageDelay = (tries: number) => backoffDelay(tries - 1, { base: 10_000, max: 300_000 });
/** After missing configuration: the kubelet's usual look. */
export const configDelay = () => 10_000;
