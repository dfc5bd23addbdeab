// Prometheus' text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).

import type { MetricFamily, Sample } from './metric-family.ts';

export function expose(families: Iterable<MetricFamily>): string {
  return [...families].map(exposeFamily).join('\n');
}

function exposeFamily({ name, help, type, samples }: MetricFamily): string {
  const lines = [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`];
  for (const sample of samples()) lines.push(exposeSample(name, sample));
  return `${lines.join('\n')}\n`;
}

function exposeSample(family: string, { value, labels = {}, series }: Sample): string {
  const name = series ? `${family}_${series}` : family;
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text, true)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${numberText(value)}`;
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function escaped(text: string, quoted = false): string {
  const plain = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return quoted ? plain.replaceAll('"', '\\"') : plain;
}
