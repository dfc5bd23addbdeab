// The room on this node: which new pods may have some of it, and what the others leave to one that grows.

import type { Pod } from '../../shared/api/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import type { Runtime } from '../runtime/index.ts';
import {
  type Allocatable,
  admitPod,
  type NodeTerms,
  type Rejection,
  requestOf,
  shortagesOf,
  unlimited,
} from './admit-pod.ts';
import { isCritical, refusal } from './eviction/plan-eviction.ts';
import type { Pressure } from './eviction/thresholds.ts';
import type { ObservedPod } from './observed-pod.ts';
import { planPreemption } from './plan-preemption.ts';
import { shutdownRejection } from './plan-shutdown.ts';
import type { EventRecorder } from './pod-events.ts';
import type { PodRecord } from './pod-record.ts';

interface Options {
  records(): readonly PodRecord[];
  allocatable: Allocatable;
  nodeLabels: Readonly<Record<string, string>>;
  /** Patterns of the kernel's settings that pods may have beside the safe ones. */
  allowedSysctls: readonly string[];
  /** What the board is short of. */
  pressures(): ReadonlySet<Pressure>;
  events: EventRecorder;
  /** Ends a pod that makes room for a critical one; resolves when nothing of it runs. Never rejects. */
  preempt(uid: string): Promise<void>;
}

export class NodeRoom {
  private readonly options: Options;
  private isClosed = false;

  constructor(options: Options) {
    this.options = options;
  }

  /** The board goes down: nobody new is let in. */
  close(): void {
    this.isClosed = true;
  }

  /** It does not go down after all. */
  open(): void {
    this.isClosed = false;
  }

  /** Only for a pod that is new here; one that was let in stays in. `lacks`: what its runtime would pass over. */
  admit(record: PodRecord, lacks: Runtime['shortcomings']): void {
    const { allocatable, nodeLabels: labels, allowedSysctls, events } = this.options;
    const { pod } = record;
    const terms = { allocatable, labels, allowedSysctls, noAppArmor: lacks.get('appArmor') };
    if (pod.status?.startTime || pod.metadata.deletionTimestamp) return;
    const rejection = this.isClosed
      ? shutdownRejection
      : (this.refusedUnderPressure(pod) ?? this.refused(record, terms));
    if (!rejection) return;
    record.notes.failed = rejection;
    events.pod(pod, 'Warning', rejection.reason, rejection.message.replace('Pod was rejected: ', ''));
  }

  around(record: PodRecord): ObservedPod['room'] {
    const { allocatable: whole } = this.options;
    const others = this.othersThan(record);
    const used = (resource: 'cpu' | 'memory') =>
      others.reduce((sum, pod) => sum + requestOf(pod, resource), 0);
    const free = {
      cpuMillis: whole.cpuMillis - used('cpu'),
      memoryBytes: whole.memoryBytes - used('memory'),
    };
    return { whole, free };
  }

  private refusedUnderPressure(pod: Live<Pod>): Rejection | undefined {
    const why = refusal(pod, this.options.pressures());
    return why === undefined ? undefined : { reason: 'Evicted', message: `Pod was rejected: ${why}` };
  }

  /** Whatever a critical pod finds too little of, others make room: it starts when they have ended. */
  private refused(record: PodRecord, terms: NodeTerms): Rejection | undefined {
    const { pod } = record;
    const others = this.othersThan(record);
    const shortages = shortagesOf(pod, others, terms.allocatable);
    if (shortages.length === 0 || !isCritical(pod)) return admitPod(pod, others, terms);
    const otherwise = admitPod(pod, others, { ...terms, allocatable: unlimited });
    if (otherwise) return otherwise;
    const plan = planPreemption(pod, others, shortages);
    if ('rejection' in plan) return plan.rejection;
    record.roomIsMade = Promise.all(plan.pods.map(({ metadata }) => this.options.preempt(metadata.uid)));
    return undefined;
  }

  private othersThan(record: PodRecord): Live<Pod>[] {
    return this.options
      .records()
      .filter((other) => other !== record && occupies(other))
      .map(({ pod }) => pod);
  }
}

/** Takes up room on the node. */
export function occupies({ failed, status, pod }: PodRecord): boolean {
  const phase = status?.phase ?? pod.status?.phase;
  return !failed && phase !== 'Succeeded' && phase !== 'Failed';
}
