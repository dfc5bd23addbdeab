export type { Allocatable } from './admit-pod.ts';
export { Kubelet, type KubeletOptions } from './kubelet.ts';
export { EventRecorder } from './pod-events.ts';
export type { BoardStats } from './stats/usage-sampler.ts';
