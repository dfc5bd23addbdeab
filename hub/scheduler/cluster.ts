// What a decision is made from: the nodes that are there, with what is on them.

import type { Node } from '../../shared/api/index.ts';
import type { Labels, Live } from '../../shared/machinery/index.ts';
import type { NodeInfo } from './node-info.ts';
import type { Volumes } from './volumes.ts';

/** A node that is there. */
export type Candidate = NodeInfo & { readonly node: Live<Node> };

export interface Cluster {
  readonly candidates: readonly Candidate[];
  /** Undefined: there is no such namespace. */
  namespaceLabels(name: string): Labels | undefined;
  readonly volumes: Volumes;
}

export function isCandidate(info: NodeInfo): info is Candidate {
  return info.node !== undefined;
}

/** The cluster as it would be with other pods on one of its nodes: `change` gets a copy of that. */
export function changedOn(
  cluster: Cluster,
  candidate: Candidate,
  change: (info: NodeInfo) => void,
): { cluster: Cluster; candidate: Candidate } {
  const copy = candidate.copy();
  change(copy);
  if (!isCandidate(copy)) return { cluster, candidate };
  const candidates = cluster.candidates.map((each) => (each === candidate ? copy : each));
  return { cluster: { ...cluster, candidates }, candidate: copy };
}
