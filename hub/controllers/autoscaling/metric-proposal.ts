// What one metric of a HorizontalPodAutoscaler comes to: a count of replicas, or why there is none.

import type { HorizontalPodAutoscaler, Pod } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { NoProposal } from './plan-replica-count.ts';

export type MetricSpec = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['metrics']>[number];
export type MetricStatus = NonNullable<
  NonNullable<HorizontalPodAutoscaler['status']>['currentMetrics']
>[number];

/** What is to be scaled, and what there is of it. */
export interface Scaled {
  namespace: string;
  /** Finds its pods, in text. */
  labelSelector: string;
  pods: readonly Live<Pod>[];
  /** As many as are wanted now. */
  currentReplicas: number;
  /** As many as there are. */
  statusReplicas: number;
  /** Milliseconds since the epoch. */
  now: number;
}

export interface MetricProposal {
  replicas: number;
  /** What was measured, in words. */
  name: string;
  status: MetricStatus;
}

/** Why a metric says nothing, with the reason of its event and condition. */
export class MetricFailure extends Error {
  override readonly name = 'MetricFailure';
  readonly reason: string;
  /** What it is when it is one of several that failed. */
  readonly summary: string;

  constructor(reason: string, message: string, about: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.summary = `failed to get ${about} metric value: ${message}`;
  }
}

/** How a MetricFailure is told. */
export interface Failure {
  reason: string;
  about: string;
}

/** `inContext` completes why there is no proposal. Throws MetricFailure for a NoProposal. */
export async function orFailure<T>(
  propose: () => T | Promise<T>,
  { reason, about }: Failure,
  inContext = (why: string) => why,
): Promise<T> {
  try {
    return await propose();
  } catch (error) {
    if (!(error instanceof NoProposal)) throw error;
    throw new MetricFailure(reason, inContext(error.message), about, { cause: error });
  }
}
