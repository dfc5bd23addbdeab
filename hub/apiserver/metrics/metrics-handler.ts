// /metrics in Prometheus' text format: what the hub's parts have counted, and the process itself. The library that looks
// at the process is loaded when somebody asks for the first time: a hub that nobody scrapes does not pay for it.

import type { Registry } from 'prom-client';
import type { NonResourceHandler } from '../non-resource.ts';
import { expose } from './exposition.ts';
import type { MetricFamily } from './metric-family.ts';

export function metricsHandler(families: () => Iterable<MetricFamily>): NonResourceHandler {
  let process: Promise<Registry> | undefined;
  return {
    prefix: '/metrics',
    paths: ['/metrics'],
    async handle({ verb, path }) {
      if (verb !== 'get' || path.replace(/\/+$/, '') !== '/metrics') return undefined;
      process ??= processMetrics();
      const registry = await process;
      const body = Buffer.from(`${expose(families())}\n${await registry.metrics()}`);
      return { type: 'bytes', code: 200, body, contentType: registry.contentType };
    },
  };
}

/** Milliseconds between two looks at the event loop: an idle board should sleep in between. */
const eventLoopPrecision = 100;

/** process_* and nodejs_*: memory, CPU, open files, event loop lag, garbage collection. */
async function processMetrics(): Promise<Registry> {
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const register = new Registry();
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: eventLoopPrecision });
  return register;
}
