export { Cgroup, type CgroupUsage } from './cgroup/index.ts';
export { type ImageName, imageName } from './image-name.ts';
export { hostImage } from './images/index.ts';
export { loadPodmanRuntime } from './load-podman-runtime.ts';
export { defaultLogLimits, type LogLimits, rotatedLogs } from './log-rotation.ts';
export type { PodmanOptions, PodmanRuntime } from './podman.ts';
export { ProcessRuntime } from './process.ts';
export * from './runtime.ts';
