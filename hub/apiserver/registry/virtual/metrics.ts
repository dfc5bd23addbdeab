// metrics.k8s.io: what nodes and pods use, as metrics-server shows it; the nodes are asked when somebody wants to know.

import {
  type NodeMetrics,
  nodemetrics,
  nodes,
  type Pod,
  type PodMetrics,
  podmetrics,
  pods,
  usageOf,
} from '../../../../shared/api/index.ts';
import { apiVersionOf, formatTime, type Live, notFound } from '../../../../shared/machinery/index.ts';
import type { NodeUsageReport } from '../../node-usage.ts';
import type { RegistryParts } from '../registry-parts.ts';
import type { VirtualObjects } from './listing.ts';

const apiVersion = apiVersionOf(nodemetrics);

export const nodeMetrics: VirtualObjects = {
  async objects(parts, _kind, { name, verb }) {
    const found = await parts.reader.list(nodes);
    const wanted = name === undefined ? found : found.filter(({ metadata }) => metadata.name === name);
    if (verb === 'get' && wanted.length === 0) throw notFound(nodes, name ?? '');
    const all = await Promise.all(
      wanted.map(async ({ metadata }): Promise<NodeMetrics[]> => {
        const report = await parts.usage.of(metadata.name);
        if (!report) return [];
        const { nanoCores, bytes } = report.node;
        const meta = metaOf(parts, { name: metadata.name }, metadata.labels);
        const usage = usageOf(nanoCores, bytes);
        return [{ kind: nodemetrics.kind, apiVersion, metadata: meta, ...measured(report), usage }];
      }),
    );
    const metrics = all.flat();
    if (verb === 'get' && metrics.length === 0) throw notFound(noun('nodemetrics'), name ?? '');
    return metrics;
  },
};

export const podMetrics: VirtualObjects = {
  async objects(parts, _kind, { name, namespace, verb }) {
    const found = await parts.reader.list(pods, namespace);
    const wanted = name === undefined ? found : found.filter(({ metadata }) => metadata.name === name);
    const key = `${namespace ?? ''}/${name ?? ''}`;
    if (verb === 'get' && wanted.length === 0) throw notFound(pods, key);
    const all = await Promise.all(wanted.filter(runs).map((pod) => metricsOf(parts, pod)));
    const metrics = all.flat();
    if (verb === 'get' && metrics.length === 0) throw notFound(noun('podmetrics'), key);
    return metrics;
  },
};

/** metrics-server's own words for what it has no figures of. */
function noun(resource: string) {
  return { group: nodemetrics.group, resource };
}

function runs({ status }: Live<Pod>): boolean {
  return status?.phase === 'Running';
}

async function metricsOf(parts: RegistryParts, { metadata, spec }: Live<Pod>): Promise<PodMetrics[]> {
  const { name, namespace = '', uid, labels } = metadata;
  const report = await parts.usage.of(spec?.nodeName ?? '');
  const used = report?.pods.get(uid);
  if (!report || !used || used.size === 0) return [];
  const containers = [...used].map(([container, { nanoCores, bytes }]) => ({
    name: container,
    usage: usageOf(nanoCores, bytes),
  }));
  const meta = metaOf(parts, { name, namespace }, labels);
  return [{ kind: podmetrics.kind, apiVersion, metadata: meta, ...measured(report), containers }];
}

function metaOf({ clock }: RegistryParts, key: { name: string; namespace?: string }, labels = {}) {
  return {
    ...key,
    creationTimestamp: formatTime(clock.now()),
    ...(Object.keys(labels).length > 0 && { labels }),
  };
}

function measured({ at, windowMs }: NodeUsageReport): { timestamp: string; window: string } {
  return { timestamp: formatTime(at), window: `${Math.round(windowMs) / 1000}s` };
}
