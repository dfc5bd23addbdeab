export { Cgroup, type CgroupUsage } from './cgroup/index.ts';
export { defaultLogLimits, type LogLimits, rotatedLogs } from './process/container-log.ts';
export { hostImage, ProcessRuntime } from './process.ts';
export * from './runtime.ts';
