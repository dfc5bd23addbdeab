// What one metric of a HorizontalPodAutoscaler comes to: a count of replicas, or why there is none.

import type { HorizontalPodAutoscaler, Pod } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';

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
