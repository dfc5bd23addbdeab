// What a filter is: it says why a pod cannot run on a node, or nothing.

import type { Node, Pod } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import type { NodeInfo } from '../node-info.ts';

/** A node that is there, with what is on it. */
export type Candidate = NodeInfo & { readonly node: Live<Node> };

export interface Refusal {
  /** In upstream's words; they are counted over all nodes. */
  reasons: readonly string[];
  /** True where other pods' leaving could help. */
  curable: boolean;
}

export type Filter = (pod: Pod, candidate: Candidate) => Refusal | undefined;
