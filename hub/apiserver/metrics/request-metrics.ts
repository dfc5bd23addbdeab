// Counts requests as kube-apiserver does: apiserver_request_total and apiserver_request_duration_seconds, with its labels.

import type { RestAnswer } from '../request.ts';
import type { ResourceIndex } from '../resource-index.ts';
import type { OtherPath, ResourcePath } from '../rest-path.ts';
import { Histogram } from './histogram.ts';
import type { MetricFamily, Sample } from './metric-family.ts';

/** What was asked, in upstream's labels. */
export interface RequestLabels extends Readonly<Record<string, string>> {
  verb: string;
  group: string;
  version: string;
  resource: string;
  subresource: string;
  scope: string;
}

/** Seconds: upstream's bounds. */
const bounds = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];

/** More combinations of labels than the table of resources has: whatever comes after that is counted without labels. */
const mostSeries = 4096;
const unlabelled: RequestLabels = {
  verb: 'other',
  group: '',
  version: '',
  resource: '',
  subresource: '',
  scope: '',
};

interface Series {
  labels: RequestLabels;
  codes: Map<number, number>;
  seconds: Histogram;
}

/** Answers that last as long as the client likes: how long says nothing. */
const lasting: ReadonlySet<RestAnswer['type']> = new Set<RestAnswer['type']>([
  'watch',
  'stream',
  'session',
  'proxy',
]);

const verbLabels: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT' };

/** `path` is absent where it could not be read. */
export function labelsOf(
  path: ResourcePath | OtherPath | undefined,
  contentType: string | undefined,
  index: ResourceIndex,
): RequestLabels {
  if (!path) return unlabelled;
  if (path.type === 'other') return { ...unlabelled, verb: methodLabel(path.verb) };
  const { verb, group, version, resource, subresource, namespace, name } = path;
  const row = index.find(group, version, resource);
  // What nobody serves must not make series: anybody can ask for anything.
  if (!row || !verb) return { ...unlabelled, verb: verbLabels[verb] ?? (verb.toUpperCase() || 'other') };
  const known = row.subresources.find((each) => each === subresource);
  return {
    verb: contentType?.startsWith('application/apply-patch')
      ? 'APPLY'
      : (verbLabels[verb] ?? verb.toUpperCase()),
    group,
    version,
    resource,
    subresource: known ?? '',
    scope:
      name !== undefined || verb === 'create'
        ? 'resource'
        : namespace !== undefined
          ? 'namespace'
          : 'cluster',
  };
}

const methods = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options'];

function methodLabel(method: string): string {
  return methods.includes(method) ? method.toUpperCase() : 'other';
}

export class RequestMetrics {
  private readonly series = new Map<string, Series>();

  /** `seconds`: until the answer was there. */
  count(labels: RequestLabels, { code, type }: Pick<RestAnswer, 'code' | 'type'>, seconds: number): void {
    const series = this.seriesOf(labels);
    series.codes.set(code, (series.codes.get(code) ?? 0) + 1);
    if (lasting.has(type)) return;
    series.seconds.observe(seconds);
  }

  families(): MetricFamily[] {
    return [
      {
        name: 'apiserver_request_total',
        help: 'Counter of apiserver requests broken out for each verb, group, version, resource, scope and code.',
        type: 'counter',
        samples: () => this.totals(),
      },
      {
        name: 'apiserver_request_duration_seconds',
        help: 'Response latency distribution in seconds for each verb, group, version, resource, subresource and scope.',
        type: 'histogram',
        samples: () => this.durations(),
      },
    ];
  }

  private seriesOf(labels: RequestLabels): Series {
    const wanted = Object.values(labels).join('\n');
    const known = this.series.get(wanted);
    if (known) return known;
    const full = this.series.size >= mostSeries;
    const taken = full ? unlabelled : labels;
    const key = full ? '' : wanted;
    const series = this.series.get(key) ?? {
      ...{ labels: taken, codes: new Map<number, number>() },
      seconds: new Histogram(bounds),
    };
    this.series.set(key, series);
    return series;
  }

  private *totals(): Iterable<Sample> {
    for (const { labels, codes } of this.series.values()) {
      for (const [code, value] of codes)
        yield { value, labels: { ...labels, component: 'apiserver', code: String(code) } };
    }
  }

  private *durations(): Iterable<Sample> {
    for (const { labels, seconds } of this.series.values())
      yield* seconds.samples({ ...labels, component: 'apiserver' });
  }
}
