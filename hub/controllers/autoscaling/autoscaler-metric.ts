// How many replicas one metric of a HorizontalPodAutoscaler asks for.

import type { Client } from '../../../shared/client/index.ts';
import { Quantity } from '../../../shared/machinery/index.ts';
import type { MeasuredElsewhere } from './measured-elsewhere.ts';
import {
  type Failure,
  type MetricProposal,
  type MetricSpec,
  orFailure,
  type Scaled,
} from './metric-proposal.ts';
import { forExternal, forObject, forPods } from './other-metrics.ts';
import {
  NoProposal,
  noPods,
  type Proposal,
  replicasForAverage,
  replicasForUtilization,
} from './plan-replica-count.ts';
import { resourceUsage } from './resource-metrics.ts';

type ResourceTarget = NonNullable<MetricSpec['resource']>['target'];

/** Where metrics are read. */
export interface Measurements {
  client: Client;
  elsewhere: MeasuredElsewhere;
}

/** Throws MetricFailure. */
export async function metricProposal(
  { client, elsewhere }: Measurements,
  metric: MetricSpec,
  scaled: Scaled,
): Promise<MetricProposal> {
  const { type, resource, containerResource, pods, object, external } = metric;
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
  if (pods) return forPods(elsewhere, pods, scaled);
  if (object) return forObject(elsewhere, object, scaled);
  if (external) return forExternal(elsewhere, external, scaled);
  throw new Error(`unknown metric source type ${JSON.stringify(type)}`);
}

async function propose(
  client: Client,
  { namespace, labelSelector, statusReplicas: _, ...scaled }: Scaled,
  what: { resource: string; container?: string },
  { averageValue, averageUtilization = 0 }: ResourceTarget,
  failure: Failure,
): Promise<Proposal> {
  const amount = averageValue === undefined ? 'utilization' : 'usage';
  const judge = async () => {
    const usage = await resourceUsage(client, { namespace, labelSelector, ...what });
    if (scaled.pods.length === 0) throw new NoProposal(noPods);
    const measured = { ...scaled, ...what, usage };
    return averageValue === undefined
      ? replicasForUtilization(measured, averageUtilization)
      : replicasForAverage(measured, Quantity.parse(averageValue).milliValue());
  };
  return orFailure(judge, failure, (why) => `failed to get ${what.resource} ${amount}: ${why}`);
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
