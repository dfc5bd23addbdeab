export { NetworkDialers } from './network-dialers.ts';
export { PodNetwork, type PodRangeSource } from './pod-network.ts';
export type { PodRange } from './pod-networks.ts';
