// Gives each pod without a node a node. One pod at a time is decided, on a picture of the cluster that already counts
// the decisions before; the writes of the decisions run side by side. Claims come first: their volumes are asked for on the
// node that was chosen, and once they are bound the pod is decided on again.

import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  isTerminated,
  type Namespace,
  type Node,
  namespaces,
  nodes,
  type Pod,
  type PodDisruptionBudget,
  poddisruptionbudgets,
  pods,
  priorityOf,
  type Service,
  services,
} from '../../shared/api/index.ts';
import type { Clock, Logger } from '../../shared/base/index.ts';
import {
  type Change,
  type Client,
  type EventRecorder,
  type Informer,
  type InformerFactory,
  keyOf,
} from '../../shared/client/index.ts';
import { ApiError, controllerOf, type Live, selectorFromLabels } from '../../shared/machinery/index.ts';
import { ClusterCache } from './cluster-cache.ts';
import { Nominations } from './nominations.ts';
import type { Preemption } from './plan-preemption.ts';
import { hasLocalVolume, type VolumePlan } from './pod-claims.ts';
import { mindsOthers } from './pod-wishes.ts';
import { PodWriter } from './pod-writer.ts';
import { Refusals } from './refusals.ts';
import {
  hasClaims,
  hasComeOrChanged,
  isOurs,
  mattersToPods,
  sameWish,
  schedulerName,
  tookSpace,
} from './relevance.ts';
import { fitsOn, type Snapshot, schedule } from './schedule.ts';
import { SchedulingQueue } from './scheduling-queue.ts';
import { VolumeBook } from './volume-book.ts';

export interface SchedulerOptions {
  client: Client;
  informers: InformerFactory;
  clock: Clock;
  log: Logger;
  recorder: EventRecorder;
}

/** Decisions being written at once. */
const writesAtOnce = 64;

export class Scheduler {
  private readonly log: Logger;
  private readonly pods: Informer<Pod>;
  private readonly nodes: Informer<Node>;
  private readonly services: Informer<Service>;
  private readonly namespaces: Informer<Namespace>;
  private readonly budgets: Informer<PodDisruptionBudget>;
  private readonly volumes: VolumeBook;
  private readonly nominations = new Nominations();
  private readonly writer: PodWriter;
  private readonly cache = new ClusterCache();
  private readonly queue: SchedulingQueue;
  private readonly refusals: Refusals;
  private readonly ways: (() => void)[] = [];
  private readonly writes = new Set<Promise<void>>();
  private running = false;
  private isKnown = false;
  private pumpIsDue = false;

  constructor({ client, informers, clock, log, recorder }: SchedulerOptions) {
    this.log = log;
    const events = recorder.actionsFrom(schedulerName);
    this.writer = new PodWriter({ client, clock, log, events });
    this.pods = informers.of(pods);
    this.nodes = informers.of(nodes);
    this.services = informers.of(services);
    this.namespaces = informers.of(namespaces);
    this.budgets = informers.of(poddisruptionbudgets);
    this.volumes = new VolumeBook({ client, informers });
    this.queue = new SchedulingQueue({ clock, onActive: () => this.pumpSoon() });
    this.refusals = new Refusals({ clock, tell: (key, message) => this.tellRefusal(key, message) });
  }

  /** Resolves once the cluster is known and pods are being scheduled. */
  async start(): Promise<void> {
    this.ways.push(
      this.nodes.onChange((change) => this.onNode(change)),
      this.pods.onChange((change) => this.onPod(change)),
      this.volumes.onChange(() => this.wakeForVolumes()),
    );
    this.running = true;
    const { nodes, pods, services, namespaces, budgets, volumes } = this;
    const read = [nodes, pods, services, namespaces, budgets, volumes];
    await Promise.all(read.map(({ synced }) => synced));
    this.isKnown = true;
    this.pump();
  }

  /** Resolves when the decisions made so far are written. */
  async stop(): Promise<void> {
    this.running = false;
    for (const leave of this.ways.splice(0)) leave();
    this.queue.clear();
    this.refusals.clear();
    this.nominations.clear();
    await Promise.all(this.writes);
  }

  private onNode({ type, object, previous }: Change<Node>): void {
    if (type === 'DELETED') {
      this.cache.removeNode(object.metadata.name);
      return;
    }
    this.cache.putNode(object);
    if (!previous || mattersToPods(previous, object)) this.wakeFor(object.metadata.name);
  }

  private onPod({ type, object, previous }: Change<Pod>): void {
    const { uid, deletionTimestamp } = object.metadata;
    if (type === 'DELETED') this.cache.removePod(uid);
    else this.cache.putPod(object);
    this.learnNomination(object, previous, type === 'DELETED');
    const hasLeft = previous && tookSpace(previous) && (type === 'DELETED' || !tookSpace(object));
    if (hasLeft) this.wakeFor(previous.spec?.nodeName ?? '');
    else if (hasComeOrChanged(object, previous)) this.wakeFor(object.spec?.nodeName ?? '', true);
    const key = keyOf(object);
    if (type === 'DELETED' || object.spec?.nodeName || deletionTimestamp || !isOurs(object)) {
      this.queue.remove(key);
      this.refusals.remove(key);
    } else if (
      !this.cache.isAssumed(uid) &&
      (!previous || !this.queue.has(key) || !sameWish(previous, object))
    ) {
      this.queue.add(key, priorityOf(object));
    }
  }

  /** What another scheduler promised, or this one before it was started again. */
  private learnNomination(pod: Live<Pod>, previous: Live<Pod> | undefined, isGone: boolean): void {
    const { nominatedNodeName } = pod.status ?? {};
    if (isGone || pod.spec?.nodeName || isTerminated(pod)) this.nominations.forget(pod.metadata.uid);
    else if (nominatedNodeName && !previous) this.nominations.put(pod, nominatedNodeName);
  }

  /**
   * Something has changed on a node: it may take some of the pods that fitted nowhere, and pods that mind others may now
   * fit elsewhere, too.
   */
  private wakeFor(name: string, onlyMinding = false): void {
    if (!this.queue.hasWaiting) return;
    const changed = this.cache.node(name);
    const snapshot = this.snapshot();
    this.queue.wake((key) => {
      const pod = this.pods.get(key);
      if (!pod || (onlyMinding && !mindsOthers(pod))) return false;
      return fitsOn(snapshot, pod, mindsOthers(pod) ? snapshot.nodes : changed ? [changed] : []);
    });
  }

  /** Claims, volumes or classes have changed. */
  private wakeForVolumes(): void {
    if (!this.queue.hasWaiting) return;
    const snapshot = this.snapshot();
    this.queue.wake((key) => {
      const pod = this.pods.get(key);
      return pod !== undefined && hasClaims(pod) && fitsOn(snapshot, pod, snapshot.nodes);
    });
  }

  private snapshot(): Snapshot {
    return {
      nodes: this.cache.nodes(),
      volumes: this.volumes,
      namespaceLabels: (name) => this.namespaces.get(name)?.metadata.labels,
      nominated: this.nominations.urgent,
      budgets: () => this.budgets.list(),
    };
  }

  /** After everything that is happening in this turn, so that a burst is one sweep. */
  private pumpSoon(): void {
    if (this.pumpIsDue) return;
    this.pumpIsDue = true;
    queueMicrotask(() => {
      this.pumpIsDue = false;
      this.pump();
    });
  }

  private pump(): void {
    while (this.isReady && this.writes.size < writesAtOnce) {
      const key = this.queue.take();
      if (key === undefined) return;
      const pod = this.pods.get(key);
      if (pod && !pod.spec?.nodeName) this.track(this.place(key, pod));
    }
  }

  private get isReady(): boolean {
    return this.running && this.isKnown;
  }

  private track(write: Promise<void>): void {
    const tracked = write
      .catch((error) => this.log.error({ err: error }, 'scheduling went wrong'))
      .finally(() => {
        this.writes.delete(tracked);
        this.pump();
      });
    this.writes.add(tracked);
  }

  /** Decides at once; what is awaited is only the writing. */
  private place(key: string, pod: Live<Pod>): Promise<void> {
    const decision = schedule({ ...this.snapshot(), isRelated: this.relationTo(pod) }, pod);
    if ('node' in decision) {
      this.refusals.remove(key);
      if (decision.volumes) return this.prepareVolumes(key, decision.volumes, decision.node);
      this.cache.assume(pod, decision.node);
      return this.bind(key, pod, decision.node);
    }
    const { room, message } = decision;
    this.queue.refuse(key);
    if (room && room !== 'coming') {
      this.refusals.remove(key);
      return this.preempt(key, pod, message, room);
    }
    if (!room) this.nominations.forget(pod.metadata.uid);
    this.refusals.add(key, message);
    // A flood of pods that fit nowhere must not hold up everything else.
    return nextTurn();
  }

  private tellRefusal(key: string, message: string): void {
    const pod = this.pods.get(key);
    const nominated = pod && this.nominations.nodeOf(pod.metadata.uid);
    if (pod) this.track(this.writer.refuse(pod, { reason: 'Unschedulable', message, nominated }));
  }

  /** The pod waits until its claims are bound, which wakes it. */
  private async prepareVolumes(key: string, plan: VolumePlan, node: string): Promise<void> {
    this.volumes.promise(plan);
    this.queue.refuse(key);
    try {
      await this.volumes.carryOut(plan, node);
    } catch (error) {
      this.log.info({ err: error, pod: key, node }, "the pod's volumes could not be asked for");
      this.queue.retry(key);
    }
  }

  private async bind(key: string, pod: Live<Pod>, node: string): Promise<void> {
    try {
      await this.writer.bind(pod, node, hasLocalVolume(pod, this.volumes));
      this.queue.remove(key);
    } catch (error) {
      this.cache.forget(pod.metadata.uid);
      if (ApiError.is(error, 'NotFound')) {
        this.queue.remove(key);
        return;
      }
      this.log.warn({ err: error, pod: key, node }, 'binding failed');
      this.queue.retry(key);
      const message = `binding rejected: ${error instanceof Error ? error.message : String(error)}`;
      await this.writer.refuse(pod, { reason: 'SchedulerError', message });
    }
  }

  /** Keeps the node for the pod while others leave it. */
  private async preempt(
    key: string,
    pod: Live<Pod>,
    message: string,
    { node, victims }: Preemption,
  ): Promise<void> {
    const going = victims.flatMap((victim) => this.pods.get(keyOf(victim)) ?? []);
    const lessUrgent = this.nominations.lessUrgent(node, pod);
    this.nominations.put(pod, node);
    for (const other of lessUrgent) this.nominations.forget(other.metadata.uid);
    try {
      await this.writer.refuse(pod, { reason: 'Unschedulable', message, nominated: node });
      await Promise.all([
        ...going.map((victim) => this.writer.preempt(victim, pod, node)),
        ...lessUrgent.map((other) => this.writer.denominate(other)),
      ]);
    } catch (error) {
      this.log.warn({ err: error, pod: key, node }, 'room could not be made');
      this.queue.retry(key);
    }
  }

  /** Pods of the same controller, and pods of the Services that this one belongs to. */
  private relationTo(pod: Live<Pod>): (other: Pod) => boolean {
    const { namespace = '', labels } = pod.metadata;
    const controller = controllerOf(pod)?.uid;
    const selectors = this.services
      .inNamespace(namespace)
      .filter(({ spec }) => Object.keys(spec?.selector ?? {}).length > 0)
      .map(({ spec }) => selectorFromLabels(spec?.selector))
      .filter((selector) => selector.matches(labels));
    return (other) => {
      if (other.metadata?.namespace !== namespace) return false;
      if (controller !== undefined && controllerOf(other)?.uid === controller) return true;
      return selectors.some((selector) => selector.matches(other.metadata?.labels));
    };
  }
}
