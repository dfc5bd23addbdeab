// What pods use of a resource, from metrics.k8s.io.

import { type PodMetrics, podmetrics } from '../../../shared/api/index.ts';
import { messageOf } from '../../../shared/base/index.ts';
import type { Client } from '../../../shared/client/index.ts';
import { type Live, parseDuration, parseTime, Quantity } from '../../../shared/machinery/index.ts';
import { NoProposal, type PodUsage } from './plan-replica-count.ts';

export interface ResourceQuery {
  namespace: string;
  labelSelector: string;
  resource: string;
  /** Absent: all of a pod's containers together. */
  container?: string;
}

/** By the pod's name. Throws NoProposal. */
export async function resourceUsage(client: Client, query: ResourceQuery): Promise<Map<string, PodUsage>> {
  const { namespace, labelSelector, resource } = query;
  const about = `unable to get metrics for resource ${resource}`;
  let found: readonly Live<PodMetrics>[];
  try {
    found = (await client.list(podmetrics, { namespace, labelSelector })).items;
  } catch (error) {
    throw new NoProposal(`${about}: unable to fetch metrics from resource metrics API: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (found.length === 0) throw new NoProposal(`${about}: no metrics returned from resource metrics API`);
  const usage = new Map<string, PodUsage>();
  for (const metrics of found) {
    const amount = amountOf(metrics, query);
    const at = parseTime(metrics.timestamp) ?? 0;
    if (amount !== undefined)
      usage.set(metrics.metadata.name, { amount, at, windowMs: parseDuration(metrics.window) });
  }
  return usage;
}

/** Thousandths; undefined: not everything was measured. Throws NoProposal for a container that is not there. */
function amountOf(
  { metadata, containers }: Live<PodMetrics>,
  { resource, container }: ResourceQuery,
): number | undefined {
  const counted = containers.filter(({ name }) => container === undefined || name === container);
  if (container !== undefined && counted.length === 0) {
    const where = `${metadata.namespace}/${metadata.name}`;
    throw new NoProposal(
      `unable to get metrics for resource ${resource}: failed to get container metrics: container ${container} not present in metrics for pod ${where}`,
    );
  }
  let total = 0;
  for (const { usage } of counted) {
    const amount = new Map<string, string>(Object.entries(usage)).get(resource);
    if (amount === undefined) return undefined;
    total += Quantity.parse(amount).milliValue();
  }
  return counted.length === 0 ? undefined : total;
}
