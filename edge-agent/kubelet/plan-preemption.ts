// Which pods make room for a critical one that finds too little: the fewest, and those that ask for least, before
// Guaranteed ones Burstable ones, before these BestEffort ones (pkg/kubelet/preemption). Pure.

import { type Pod, qosClass } from '../../shared/api/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import { type Kind, type Rejection, requestFor, type Shortage } from './admit-pod.ts';
import { isCritical } from './eviction/plan-eviction.ts';
import type { PodFailure } from './pod-notes.ts';

interface Need {
  kind: Kind;
  /** What is missing. */
  amount: number;
}

/** What becomes of such a pod; it has the whole of its own grace. */
export function preemption({ spec }: Live<Pod>): PodFailure & { graceSeconds: number } {
  return {
    reason: 'Preempting',
    message: 'Preempted in order to admit critical pod',
    disruption: 'Pod was preempted by Kubelet to accommodate a critical pod.',
    graceSeconds: spec?.terminationGracePeriodSeconds ?? 30,
  };
}

/** Who has to go, or, where that would not be enough, why the pod cannot be let in. */
export type Preemption = { pods: readonly Live<Pod>[] } | { rejection: Rejection };

export function planPreemption(
  pod: Live<Pod>,
  others: readonly Live<Pod>[],
  shortages: readonly Shortage[],
): Preemption {
  const needs = shortages.map(({ kind, requested, used, capacity }) => ({
    kind,
    amount: requested + used - capacity,
  }));
  const lesser = others.filter((other) => mayPreempt(pod, other));
  const unmet = without(needs, lesser);
  if (unmet.length > 0) return { rejection: nobodyFor(unmet) };
  const of = (name: string) => lesser.filter(({ spec }) => spec && qosClass(spec) === name);
  const [bestEffort, burstable] = [of('BestEffort'), of('Burstable')];
  const fromGuaranteed = fewest(of('Guaranteed'), without(needs, [...bestEffort, ...burstable]));
  const fromBurstable = fewest(burstable, without(needs, [...bestEffort, ...fromGuaranteed]));
  const fromBestEffort = fewest(bestEffort, without(needs, [...fromBurstable, ...fromGuaranteed]));
  return { pods: [...fromBestEffort, ...fromBurstable, ...fromGuaranteed] };
}

function mayPreempt(pod: Live<Pod>, other: Live<Pod>): boolean {
  if (!isCritical(other)) return true;
  const [own, theirs] = [pod.spec?.priority, other.spec?.priority];
  return own !== undefined && theirs !== undefined && own > theirs;
}

function nobodyFor(unmet: readonly Need[]): Rejection {
  const list = unmet.map(({ kind, amount }) => `(res: ${kind}, q: ${amount}), `).join('');
  const why = `error finding a set of pods to preempt: no set of running pods found to reclaim resources: [${list}]`;
  const failure = 'Unexpected error while attempting to recover from admission failure';
  return { reason: 'UnexpectedAdmissionError', message: `Pod was rejected: ${failure}: preemption: ${why}` };
}

/** What is still missing when these are gone. */
function without(needs: readonly Need[], pods: readonly Live<Pod>[]): Need[] {
  return needs
    .map(({ kind, amount }) => ({
      kind,
      amount: pods.reduce((left, pod) => left - requestFor(pod, kind), amount),
    }))
    .filter(({ amount }) => amount > 0);
}

/** One after another the pod that leaves least to be found; among such the one that asks for least. They are enough. */
function fewest(pods: readonly Live<Pod>[], needs: readonly Need[]): Live<Pod>[] {
  const [best] = needs.length === 0 ? [] : [...pods].sort((a, b) => compare(a, b, needs));
  if (!best) return [];
  const rest = pods.filter((pod) => pod !== best);
  return [best, ...fewest(rest, without(needs, [best]))];
}

function compare(a: Live<Pod>, b: Live<Pod>, needs: readonly Need[]): number {
  const [one, other] = [distance(a, needs), distance(b, needs)];
  if (one !== other) return one - other;
  const more = (kind: Kind) => requestFor(a, kind) - requestFor(b, kind);
  return more('memory') || more('cpu');
}

/** Each need weighs the same, however large it is. */
function distance(pod: Live<Pod>, needs: readonly Need[]): number {
  return needs.reduce((sum, { kind, amount }) => {
    const left = Math.max(0, amount - requestFor(pod, kind));
    return sum + (left / amount) ** 2;
  }, 0);
}
