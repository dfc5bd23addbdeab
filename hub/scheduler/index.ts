export { ClusterCache } from './cluster-cache.ts';
export { NodeInfo } from './node-info.ts';
export { type Decision, type Snapshot, schedule } from './schedule.ts';
export { Scheduler, type SchedulerOptions } from './scheduler.ts';
