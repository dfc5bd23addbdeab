export { PodNetworks } from './pod-networks.ts';
