// The Kind NodeMetrics: what a node uses right now. Nothing is stored: the node is asked.

import type { KubeObject } from '../../machinery/index.ts';
import { nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';
import type { Measured, Usage } from './usage.ts';

export interface NodeMetrics extends KubeObject, Measured {
  usage: Usage;
}

export const strategy: Strategy<NodeMetrics> = {
  schema: 'io.k8s.metrics.pkg.apis.metrics.v1beta1.NodeMetrics',
  columns: [
    nameColumn(),
    textColumn('cpu', '', ({ usage }) => usage.cpu),
    textColumn('memory', '', ({ usage }) => usage.memory),
    textColumn('Window', '', ({ window }) => window),
  ],
};
