export { NetworkDialers } from './network-dialers.ts';
export { gatewayOf, halfOf } from './plan-addresses.ts';
export { PodNetwork, type PodRangeSource } from './pod-network.ts';
export type { PodRange } from './pod-networks.ts';
