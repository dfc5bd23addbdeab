export { flowDumps } from './dumps.ts';
export { FlowControl, type FlowControlOptions } from './flow-control.ts';
export { flowMetrics } from './flow-metrics.ts';
export type { Turn } from './turn.ts';
