// Metrics that other API servers measure: what they ask for, in upstream's words and with its reasons
// (pkg/controller/podautoscaler/horizontal.go).

import { goSelectorPointer, Quantity } from '../../../shared/machinery/index.ts';
import type { MeasuredElsewhere } from './measured-elsewhere.ts';
import { type MetricProposal, type MetricSpec, orFailure, type Scaled } from './metric-proposal.ts';
import {
  type Proposal,
  replicasForAverage,
  replicasForShare,
  replicasForValue,
} from './plan-replica-count.ts';

type Part<K extends keyof MetricSpec> = NonNullable<MetricSpec[K]>;
type Target = Part<'external'>['target'];

const milli = (amount: string | undefined) => Quantity.parse(amount ?? '0').milliValue();
const shown = (amount: number) => Quantity.ofMilli(amount).toString();

/** Throws MetricFailure, as all of them. */
export async function forPods(
  elsewhere: MeasuredElsewhere,
  { metric, target }: Part<'pods'>,
  { namespace, labelSelector, pods, currentReplicas, now }: Scaled,
): Promise<MetricProposal> {
  const failure = { reason: 'FailedGetPodsMetric', about: 'pods' };
  const usage = await orFailure(
    () => elsewhere.ofPods(metric, namespace, labelSelector),
    failure,
    (why) => `unable to get metric ${metric.name}: ${why}`,
  );
  const measured = { pods, usage, currentReplicas, now, resource: '' };
  const { replicas, average } = await orFailure(
    () => replicasForAverage(measured, milli(target.averageValue)),
    failure,
  );
  return {
    replicas,
    name: `pods metric ${metric.name}`,
    status: { type: 'Pods', pods: { metric, current: { averageValue: shown(average) } } },
  };
}

export async function forObject(
  elsewhere: MeasuredElsewhere,
  { metric, target, describedObject }: Part<'object'>,
  scaled: Scaled,
): Promise<MetricProposal> {
  const failure = { reason: 'FailedGetObjectMetric', about: 'object' };
  const { kind, name } = describedObject;
  const value = await orFailure(
    () => elsewhere.ofObject(metric, scaled.namespace, describedObject),
    failure,
    // In upstream's order of words.
    (why) => `unable to get metric ${metric.name}: ${kind} on ${scaled.namespace} ${name}/${why}`,
  );
  const { replicas, current } = await orFailure(() => follow(scaled, value, target), failure);
  return {
    replicas,
    name: target.averageValue === undefined ? `${kind} metric ${metric.name}` : inWords(metric),
    status: { type: 'Object', object: { describedObject, metric, current } },
  };
}

export async function forExternal(
  elsewhere: MeasuredElsewhere,
  { metric, target }: Part<'external'>,
  scaled: Scaled,
): Promise<MetricProposal> {
  const failure = { reason: 'FailedGetExternalMetric', about: `${metric.name} external` };
  const value = await orFailure(
    () => elsewhere.outside(metric, scaled.namespace),
    failure,
    (why) =>
      `unable to get external metric ${scaled.namespace}/${metric.name}/${goSelectorPointer(metric.selector)}: ${why}`,
  );
  const { replicas, current } = await orFailure(() => follow(scaled, value, target), failure);
  return { replicas, name: inWords(metric), status: { type: 'External', external: { metric, current } } };
}

/** What is measured once: the target is for all pods together, or for each. */
function follow(scaled: Scaled, value: number, target: Target): { replicas: number; current: object } {
  if (target.averageValue === undefined)
    return {
      replicas: replicasForValue(scaled, value, milli(target.value)),
      current: { value: shown(value) },
    };
  const { replicas, average }: Proposal = replicasForShare(
    scaled.statusReplicas,
    value,
    milli(target.averageValue),
  );
  return { replicas, current: { averageValue: shown(average) } };
}

function inWords({ name, selector }: Part<'external'>['metric']): string {
  return `external metric ${name}(${goSelectorPointer(selector)})`;
}
