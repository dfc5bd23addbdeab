// What pods are told of the network around them.

export interface NodeNetwork {
  /** Addresses of the cluster's DNS; empty: there is none. */
  clusterDns: readonly string[];
  /** The domain of the cluster's names. */
  clusterDomain: string;
  /** Where the API of the hub is reached from this board. */
  apiServer?: { host: string; port: number };
}

export const noNetwork: NodeNetwork = { clusterDns: [], clusterDomain: 'cluster.local' };
