export type { Allocatable } from './admit-pod.ts';
export { parseSysctlPatterns } from './container/sysctls.ts';
export {
  defaultEvictionHard,
  evictionThresholds,
  type Pressure,
  parseGracePeriods,
  parseReclaims,
  parseThresholds,
  quantityOf,
  type SignalName,
  type Threshold,
} from './eviction/thresholds.ts';
export type { ImageGcPolicy } from './images/plan-image-gc.ts';
export { Kubelet, type KubeletOptions } from './kubelet.ts';
export { plainPeriods, type ShutdownPeriod } from './plan-shutdown.ts';
export { EventRecorder } from './pod-events.ts';
export { hasManifests } from './static-pods/manifest-folder.ts';
export type { BoardStats } from './stats/usage-sampler.ts';
