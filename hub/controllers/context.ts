// What every controller is given. Nothing else reaches the cluster.

import type { Resource, ResourceNames } from '../../shared/api/index.ts';
import type { Clock, Logger } from '../../shared/base/index.ts';
import type { Client, EventRecorder, InformerFactory } from '../../shared/client/index.ts';
import type { ClusterRange } from './nodes/plan-node-range.ts';

export interface ControllerOptions {
  /** PEM of the cluster's authority, published to every namespace as ConfigMap kube-root-ca.crt. */
  caCertificate: string;
  /** Milliseconds without a renewed lease after which a node is unknown. */
  nodeGracePeriod: number;
  /** More terminated pods than this are deleted, oldest first; 0: never. */
  terminatedPodThreshold: number;
  /** What nodes are given ranges of for their pods; absent: they get none. */
  clusterRange?: ClusterRange | undefined;
}

export const defaultOptions: Omit<ControllerOptions, 'caCertificate'> = {
  nodeGracePeriod: 40_000,
  terminatedPodThreshold: 12_500,
};

/** What other API servers serve of namespaces. */
export interface Elsewhere {
  resources: readonly (ResourceNames & { verbs: readonly string[] })[];
  /** `GROUP/VERSION` whose server does not say what it serves. */
  silent: readonly string[];
}

export interface ControllerContext {
  client: Client;
  informers: InformerFactory;
  clock: Clock;
  log: Logger;
  recorder: EventRecorder;
  options: ControllerOptions;
  /** All resources that there are, the custom ones as well. */
  resources: () => readonly Resource[];
  /** Absent: there are no other API servers. */
  elsewhere?: () => Promise<Elsewhere>;
  /** Calls when resources came or went; answers the way out. Absent: they stay as they are. */
  onResources?: (listener: () => void) => () => void;
}
