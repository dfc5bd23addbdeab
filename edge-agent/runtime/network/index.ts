export { NetworkDialers } from './network-dialers.ts';
export { PodNetworks } from './pod-networks.ts';
