// What a filter is: it looks at the pod once, and then says of each node why the pod cannot run there, or nothing. It may
// also see at once that the pod cannot run anywhere.

import type { Pod } from '../../../shared/api/index.ts';
import type { Candidate, Cluster } from '../cluster.ts';

export interface Refusal {
  /** In upstream's words; they are counted over all nodes. */
  reasons: readonly string[];
  /** True where other pods' leaving could help. */
  curable: boolean;
}

export type Check = (candidate: Candidate) => Refusal | undefined;

/** Whatever the node; in upstream's words. */
export interface Hopeless {
  message: string;
}

export type Filter = (pod: Pod, cluster: Cluster) => Check | Hopeless;

/** The check that refuses nothing. */
export const anyNode: Check = () => undefined;
