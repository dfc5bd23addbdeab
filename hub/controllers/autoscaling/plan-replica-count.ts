// How many replicas what is measured of pods asks for. Pure, after upstream's
// pkg/controller/podautoscaler/replica_calculator.go. Amounts are thousandths.

import { lastingContainers, type Pod } from '../../../shared/api/index.ts';
import {
  findCondition,
  isConditionTrue,
  type Live,
  parseTime,
  Quantity,
} from '../../../shared/machinery/index.ts';

/** What a pod uses. */
export interface PodUsage {
  amount: number;
  /** Milliseconds since the epoch: when the window ended. */
  at: number;
  windowMs: number;
}

export interface Measured {
  /** All that the selector finds. */
  pods: readonly Live<Pod>[];
  /** By the pod's name. */
  usage: ReadonlyMap<string, PodUsage>;
  /** `cpu`, `memory` …; empty: what is measured is none. */
  resource: string;
  /** Absent: all containers of the pods are measured. */
  container?: string;
  currentReplicas: number;
  /** Milliseconds since the epoch. */
  now: number;
}

export interface Proposal {
  replicas: number;
  /** Of a pod. */
  average: number;
  /** Percent of what the pods request; absent: nobody asked. */
  utilization?: number;
}

/** Why there is no proposal, in upstream's words. */
export class NoProposal extends Error {
  override readonly name = 'NoProposal';
}

export const noPods = 'no pods returned by selector while calculating replica count';

/** A change by no more than this share is none. */
const tolerance = 0.1;
/** A pod that started so recently is busy with that: its CPU counts from when it was ready. */
const startingMs = 5 * 60_000;
/** One that was unready from its first moments on has never been ready. */
const firstMomentsMs = 30_000;

/** `target`: percent of the requests. Throws NoProposal. */
export function replicasForUtilization(measured: Measured, target: number): Proposal {
  let requests = new Map<string, number>();
  return propose(measured, {
    usageOf(amounts) {
      requests = requestsOf(measured);
      const known = [...amounts].filter(([pod]) => requests.has(pod));
      const used = sum(known.map(([, amount]) => amount));
      const requested = sum(known.map(([pod]) => requests.get(pod) ?? 0));
      if (requested === 0) throw new NoProposal('no metrics returned matched known pods');
      const utilization = Number((BigInt(used) * 100n) / BigInt(requested));
      return { ratio: utilization / target, utilization, average: Math.trunc(used / known.length) };
    },
    full: (pod) => Math.trunc(((requests.get(pod) ?? 0) * Math.max(100, target)) / 100),
  });
}

/** `target`: of each pod. Throws NoProposal. */
export function replicasForAverage(measured: Measured, target: number): Proposal {
  return propose(measured, {
    usageOf(amounts) {
      const average = Math.trunc(sum([...amounts.values()]) / amounts.size);
      return { ratio: average / target, average };
    },
    full: () => target,
  });
}

/** After something that is measured once for all pods. Throws NoProposal. */
export function replicasForValue(
  { pods, currentReplicas }: Pick<Measured, 'pods' | 'currentReplicas'>,
  value: number,
  target: number,
): number {
  const ratio = value / target;
  if (currentReplicas === 0) return Math.ceil(ratio);
  if (isClose(ratio)) return currentReplicas;
  if (pods.length === 0) throw new NoProposal(`unable to calculate ready pods: ${noPods}`);
  const ready = pods.filter(
    ({ status }) => status?.phase === 'Running' && isConditionTrue(status.conditions, 'Ready'),
  );
  return Math.ceil(ratio * ready.length);
}

/** The same where the target is for each pod. `statusReplicas`: as many as there are. */
export function replicasForShare(statusReplicas: number, value: number, target: number): Proposal {
  const isEnough = isClose(value / (target * statusReplicas));
  return {
    replicas: isEnough ? statusReplicas : Math.ceil(value / target),
    average: statusReplicas === 0 ? value : Math.ceil(value / statusReplicas),
  };
}

interface Usage {
  /** 1: as much as is wanted. */
  ratio: number;
  average: number;
  utilization?: number;
}

interface Yardstick {
  usageOf(amounts: ReadonlyMap<string, number>): Usage;
  /** What a pod that nothing is known of is taken to use where others use little. */
  full(pod: string): number;
}

function propose(measured: Measured, { usageOf, full }: Yardstick): Proposal {
  const { currentReplicas } = measured;
  const { ready, unready, missing, ignored } = groupPods(measured);
  const left = new Set([...unready, ...ignored]);
  const amounts = new Map<string, number>();
  for (const [pod, { amount }] of measured.usage) if (!left.has(pod)) amounts.set(pod, amount);
  if (amounts.size === 0) {
    throw new NoProposal('did not receive metrics for targeted pods (pods might be unready)');
  }
  const { ratio, ...found } = usageOf(amounts);
  const answer = (replicas: number): Proposal => ({ ...found, replicas });
  const countsUnready = unready.length > 0 && ratio > 1;
  if (!countsUnready && missing.length === 0) {
    return answer(isClose(ratio) ? currentReplicas : Math.ceil(ratio * ready));
  }
  // Doubt is for what there is: of whom nothing is known uses all where that is little, and nothing where it is much.
  for (const pod of missing) if (ratio !== 1) amounts.set(pod, ratio < 1 ? full(pod) : 0);
  if (countsUnready) for (const pod of unready) amounts.set(pod, 0);
  const again = usageOf(amounts).ratio;
  const replicas = Math.ceil(again * amounts.size);
  const turns = (ratio < 1 && again > 1) || (ratio > 1 && again < 1);
  const contradicts = (again < 1 && replicas > currentReplicas) || (again > 1 && replicas < currentReplicas);
  return answer(isClose(again) || turns || contradicts ? currentReplicas : replicas);
}

function isClose(ratio: number): boolean {
  return Math.abs(1 - ratio) <= tolerance;
}

interface Grouped {
  /** How many count. */
  ready: number;
  unready: string[];
  /** Nothing was measured of them. */
  missing: string[];
  ignored: string[];
}

function groupPods(measured: Measured): Grouped {
  const groups: Grouped = { ready: 0, unready: [], missing: [], ignored: [] };
  for (const pod of measured.pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const usage = measured.usage.get(name);
    if (deletionTimestamp || pod.status?.phase === 'Failed') groups.ignored.push(name);
    else if (pod.status?.phase === 'Pending') groups.unready.push(name);
    else if (!usage) groups.missing.push(name);
    else if (measured.resource === 'cpu' && isUnready(pod, usage, measured.now)) groups.unready.push(name);
    else groups.ready += 1;
  }
  return groups;
}

function isUnready({ status }: Live<Pod>, { at, windowMs }: PodUsage, now: number): boolean {
  const condition = findCondition(status?.conditions, 'Ready');
  const started = parseTime(status?.startTime ?? '');
  if (!condition || started === undefined) return true;
  const isFalse = condition.status === 'False';
  const since = parseTime(condition.lastTransitionTime ?? '') ?? 0;
  if (started + startingMs > now) return isFalse || at < since + windowMs;
  return isFalse && started + firstMomentsMs > since;
}

/** By the pod's name. */
function requestsOf({ pods, resource, container }: Measured): Map<string, number> {
  return new Map(
    pods.map((pod) => {
      const { name } = pod.metadata;
      const counted = lastingContainers(pod.spec).filter(
        (each) => container === undefined || each.name === container,
      );
      const requests = counted.map((each) => {
        const request = each.resources?.requests?.[resource];
        if (request === undefined) {
          throw new NoProposal(`missing request for ${resource} in container ${each.name} of Pod ${name}`);
        }
        return Quantity.parse(request).milliValue();
      });
      return [name, sum(requests)];
    }),
  );
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
