export type { Allocatable } from './admit-pod.ts';
export { Kubelet, type KubeletOptions } from './kubelet.ts';
export type { ShutdownPeriods } from './plan-shutdown.ts';
export { EventRecorder } from './pod-events.ts';
export { hasManifests } from './static-pods/manifest-folder.ts';
export type { BoardStats } from './stats/usage-sampler.ts';
