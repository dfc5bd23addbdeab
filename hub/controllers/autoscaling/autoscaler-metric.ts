// How many replicas one metric of a HorizontalPodAutoscaler asks for.

import type { HorizontalPodAutoscaler, Pod } from '../../../shared/api/index.ts';
import type { Client } from '../../../shared/client/index.ts';
import { type Live, Quantity } from '../../../shared/machinery/index.ts';
import {
  NoProposal,
  type Proposal,
  replicasForAverage,
  replicasForUtilization,
} from './plan-replica-count.ts';
import { resourceUsage } from './resource-metrics.ts';

export type MetricSpec = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['metrics']>[number];
export type MetricStatus = NonNullable<
  NonNullable<HorizontalPodAutoscaler['status']>['currentMetrics']
>[number];
type ResourceTarget = NonNullable<MetricSpec['resource']>['target'];

/** What is to be scaled, and what there is of it. */
export interface Scaled {
  namespace: string;
  /** Finds its pods, in text. */
  labelSelector: string;
  pods: readonly Live<Pod>[];
  currentReplicas: number;
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

/** Throws MetricFailure. */
export async function metricProposal(
  client: Client,
  metric: MetricSpec,
  scaled: Scaled,
): Promise<MetricProposal> {
  const { type, resource, containerResource } = metric;
  if (resource) {
    const { name, target } = resource;
    const about = { reason: 'FailedGetResourceMetric', about: `${name} resource` };
    const proposal = await propose(client, scaled, { resource: name }, target, about);
    return {
      replicas: proposal.replicas,
      name: inWords(`${name} resource`, proposal),
      status: { type, resource: { name, current: currentOf(proposal) } },
    };
  }
  if (containerResource) {
    const { name, container, target } = containerResource;
    const about = { reason: 'FailedGetContainerResourceMetric', about: `${container} container` };
    const proposal = await propose(client, scaled, { resource: name, container }, target, about);
    return {
      replicas: proposal.replicas,
      name: inWords(`${name} container resource`, proposal),
      status: { type, containerResource: { name, container, current: currentOf(proposal) } },
    };
  }
  throw notServed(scaled.namespace, metric);
}

async function propose(
  client: Client,
  { namespace, labelSelector, ...scaled }: Scaled,
  what: { resource: string; container?: string },
  { averageValue, averageUtilization = 0 }: ResourceTarget,
  { reason, about }: { reason: string; about: string },
): Promise<Proposal> {
  try {
    const usage = await resourceUsage(client, { namespace, labelSelector, ...what });
    if (scaled.pods.length === 0) {
      throw new NoProposal('no pods returned by selector while calculating replica count');
    }
    const measured = { ...scaled, ...what, usage };
    return averageValue === undefined
      ? replicasForUtilization(measured, averageUtilization)
      : replicasForAverage(measured, Quantity.parse(averageValue).milliValue());
  } catch (error) {
    if (!(error instanceof NoProposal)) throw error;
    const amount = averageValue === undefined ? 'utilization' : 'usage';
    const message = `failed to get ${what.resource} ${amount}: ${error.message}`;
    throw new MetricFailure(reason, message, about, { cause: error });
  }
}

function inWords(what: string, { utilization }: Proposal): string {
  return utilization === undefined ? what : `${what} utilization (percentage of request)`;
}

function currentOf({ utilization, average }: Proposal) {
  return {
    ...(utilization !== undefined && { averageUtilization: utilization }),
    averageValue: Quantity.ofMilli(average).toString(),
  };
}

/** Metrics of other kinds come from APIs that others have to serve, and nobody does here. */
function notServed(namespace: string, { pods, object, external }: MetricSpec): MetricFailure {
  const none = (which: string) =>
    `unable to fetch metrics from ${which} metrics API: no ${which} metrics API (${which}.metrics.k8s.io) registered`;
  if (pods) {
    const message = `unable to get metric ${pods.metric.name}: ${none('custom')}`;
    return new MetricFailure('FailedGetPodsMetric', message, 'pods');
  }
  if (object) {
    const { kind, name } = object.describedObject;
    // In upstream's order of words.
    const message = `unable to get metric ${object.metric.name}: ${kind} on ${namespace} ${name}/${none('custom')}`;
    return new MetricFailure('FailedGetObjectMetric', message, 'object');
  }
  const { name = '' } = external?.metric ?? {};
  const message = `unable to get external metric ${namespace}/${name}: ${none('external')}`;
  return new MetricFailure('FailedGetExternalMetric', message, `${name} external`);
}
