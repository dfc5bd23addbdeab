export { Histogram } from './histogram.ts';
export { LabelledCounter } from './labelled-counter.ts';
export { type MetricFamily, type Sample, single } from './metric-family.ts';
export { metricsHandler } from './metrics-handler.ts';
export { labelsOf, RequestMetrics } from './request-metrics.ts';
