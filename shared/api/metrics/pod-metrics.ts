// The Kind PodMetrics: what each container of a pod uses right now. Nothing is stored: the pod's node is asked.

import { type KubeObject, Quantity } from '../../machinery/index.ts';
import { nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';
import type { Measured, Usage } from './usage.ts';

export interface ContainerMetrics {
  name: string;
  usage: Usage;
}

export interface PodMetrics extends KubeObject, Measured {
  containers: ContainerMetrics[];
}

export const strategy: Strategy<PodMetrics> = {
  schema: 'io.k8s.metrics.pkg.apis.metrics.v1beta1.PodMetrics',
  columns: [
    nameColumn(),
    textColumn('cpu', '', (metrics) => total(metrics, 'cpu')),
    textColumn('memory', '', (metrics) => total(metrics, 'memory')),
    textColumn('Window', '', ({ window }) => window),
  ],
};

function total({ containers }: PodMetrics, amount: keyof Usage): string {
  const [first, ...others] = containers.map(({ usage }) => Quantity.parse(usage[amount]));
  return (first ? others.reduce((sum, other) => sum.add(other), first) : Quantity.zero).toString();
}
