// What flow control says of itself at /metrics, under kube-apiserver's names
// (k8s.io/apiserver/pkg/util/flowcontrol/metrics/metrics.go).

import type { MetricFamily, Sample } from '../metrics/index.ts';
import type { FlowControl } from './flow-control.ts';
import type { FlowCounts } from './flow-counts.ts';
import type { PriorityLevel } from './priority-level.ts';
import type { Turn } from './turn.ts';

const prefix = 'apiserver_flowcontrol_';

/** Of each schema in its level. */
const ofFlows: readonly [name: string, help: string, type: MetricFamily['type'], FlowSamples][] = [
  [
    'rejected_requests_total',
    'Number of requests rejected by API Priority and Fairness subsystem',
    'counter',
    ({ refused }, labels) =>
      [...refused].map(([reason, value]) => ({ value, labels: { ...labels, reason } })),
  ],
  [
    'dispatched_requests_total',
    'Number of requests executed by API Priority and Fairness subsystem',
    'counter',
    ({ dispatched: value }, labels) => [{ value, labels }],
  ],
  [
    'current_inqueue_requests',
    'Number of requests currently pending in queues of the API Priority and Fairness subsystem',
    'gauge',
    ({ waiting: value }, labels) => [{ value, labels }],
  ],
  [
    'current_inqueue_seats',
    'Number of seats currently pending in queues of the API Priority and Fairness subsystem',
    'gauge',
    ({ waiting: value }, labels) => [{ value, labels }],
  ],
  [
    'current_executing_requests',
    'Number of requests in initial (for a WATCH) or any (for a non-WATCH) execution stage in the API Priority and Fairness subsystem',
    'gauge',
    ({ executing: value }, labels) => [{ value, labels }],
  ],
  [
    'current_executing_seats',
    'Concurrency (number of seats) occupied by the currently executing (initial stage for a WATCH, any stage otherwise) requests in the API Priority and Fairness subsystem',
    'gauge',
    ({ executing: value }, labels) => [{ value, labels }],
  ],
  [
    'request_wait_duration_seconds',
    'Length of time a request spent waiting in its queue',
    'histogram',
    ({ waited }, labels) =>
      Object.entries(waited).flatMap(([execute, values]) => [...values.samples({ ...labels, execute })]),
  ],
  [
    'request_execution_seconds',
    'Duration of initial stage (for a WATCH) or any (for a non-WATCH) stage of request execution in the API Priority and Fairness subsystem',
    'histogram',
    ({ executed }, labels) =>
      Object.entries(executed).flatMap(([type, values]) => [...values.samples({ ...labels, type })]),
  ],
];

type FlowSamples = (counts: FlowCounts, labels: Record<string, string>) => Iterable<Sample>;

const ofLevels: readonly [name: string, help: string, read: (level: PriorityLevel<Turn>) => number][] = [
  [
    'nominal_limit_seats',
    'Nominal number of execution seats configured for each priority level',
    ({ bounds }) => bounds.nominal,
  ],
  [
    'lower_limit_seats',
    'Configured lower bound on number of execution seats available to each priority level',
    ({ bounds }) => bounds.lower,
  ],
  [
    'upper_limit_seats',
    'Configured upper bound on number of execution seats available to each priority level',
    ({ bounds }) => bounds.upper,
  ],
  [
    'current_limit_seats',
    'current derived number of execution seats available to each priority level',
    ({ limit }) => limit,
  ],
  [
    'demand_seats_high_watermark',
    'High watermark, over last adjustment period, of demand_seats',
    ({ statistics }) => statistics.highWatermark,
  ],
  [
    'demand_seats_average',
    'Time-weighted average, over last adjustment period, of demand_seats',
    ({ statistics }) => statistics.average,
  ],
  [
    'demand_seats_stdev',
    'Time-weighted standard deviation, over last adjustment period, of demand_seats',
    ({ statistics }) => statistics.deviation,
  ],
  ['demand_seats_smoothed', 'Smoothed seat demands', ({ statistics }) => statistics.smoothed],
  ['target_seats', 'Seat allocation targets', ({ target }) => target],
];

type Measured = Pick<FlowControl, 'levels' | 'counts' | 'fairFraction'>;

export function flowMetrics(control: Measured): MetricFamily[] {
  return [
    ...ofFlows.map(([name, help, type, read]) => ({
      ...{ name: prefix + name, help, type },
      samples: () =>
        [...control.counts.values()].flatMap(({ level, schema, counts }) => [
          ...read(counts, { priority_level: level, flow_schema: schema }),
        ]),
    })),
    ...ofLevels.map(([name, help, read]) => ({
      ...{ name: prefix + name, help, type: 'gauge' as const },
      samples: () =>
        [...control.levels.values()].map((level) => ({
          value: read(level),
          labels: { priority_level: level.name },
        })),
    })),
    {
      name: `${prefix}seat_fair_frac`,
      help: "Fair fraction of server's concurrency to allocate to each priority level that can use it",
      type: 'gauge',
      samples: () => [{ value: control.fairFraction }],
    },
  ];
}
