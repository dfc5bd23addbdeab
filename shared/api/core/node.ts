export type { Node, NodeCondition, NodeSelectorTerm, Taint } from 'kubernetes-types/core/v1';

import type { Node } from 'kubernetes-types/core/v1';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<Node> = { schema: 'io.k8s.api.core.v1.Node', columns: [] };
