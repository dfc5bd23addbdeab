// What other API servers measure: of pods and of other objects (custom.metrics.k8s.io), and outside of the cluster
// (external.metrics.k8s.io). After upstream's pkg/controller/podautoscaler/metrics/client.go and k8s.io/metrics/pkg/client.

import type { LabelSelector } from 'kubernetes-types/meta/v1';
import type { APIService, Resource, ResourceNames } from '../../../shared/api/index.ts';
import { messageOf } from '../../../shared/base/index.ts';
import type { Client, Informer } from '../../../shared/client/index.ts';
import { isRecord, parseTime, Quantity, selectorFrom } from '../../../shared/machinery/index.ts';
import { NoProposal, type PodUsage } from './plan-replica-count.ts';

export interface MetricIdentifier {
  name: string;
  selector?: LabelSelector;
}

export interface DescribedObject {
  apiVersion?: string;
  kind: string;
  name: string;
}

export interface MeasuredElsewhereOptions {
  client: Client;
  services: Pick<Informer<APIService>, 'get'>;
  resources(): readonly Resource[];
}

const apis = {
  custom: { group: 'custom.metrics.k8s.io', versions: ['v1beta2', 'v1beta1'] },
  external: { group: 'external.metrics.k8s.io', versions: ['v1beta1'] },
} as const;
type Api = keyof typeof apis;

const usualWindowMs = 60_000;

interface Value {
  /** Of the object that was measured. */
  object: string;
  amount: number;
  at: number;
  windowMs: number;
}

/** Amounts are thousandths. Every method throws NoProposal. */
export class MeasuredElsewhere {
  private readonly options: MeasuredElsewhereOptions;

  constructor(options: MeasuredElsewhereOptions) {
    this.options = options;
  }

  /** By the pod's name. */
  async ofPods(
    { name, selector }: MetricIdentifier,
    namespace: string,
    labelSelector: string,
  ): Promise<Map<string, PodUsage>> {
    const query = { labelSelector, ...metricLabels(selector) };
    const values = await this.read('custom', 'pods', (row) =>
      this.options.client.getElsewhere(row, { namespace, name: '*' }, name, query),
    );
    if (values.length === 0) throw new NoProposal('no metrics returned from custom metrics API');
    return new Map(values.map(({ object, ...usage }) => [object, usage]));
  }

  async ofObject(
    { name, selector }: MetricIdentifier,
    namespace: string,
    described: DescribedObject,
  ): Promise<number> {
    const { client } = this.options;
    const query = metricLabels(selector);
    const { apiVersion = '', kind } = described;
    // The namespace that it is in, whichever is named: nobody looks into others.
    const isNamespace = kind === 'Namespace' && !apiVersion.includes('/');
    const plural = isNamespace ? 'metrics' : this.pluralOf(described);
    const [value] = await this.read('custom', plural, (row) =>
      isNamespace
        ? client.getElsewhere(row, { namespace, name }, undefined, query)
        : client.getElsewhere(row, { namespace, name: described.name }, name, query),
    );
    if (!value) throw new NoProposal(unable('custom', 'no metrics returned from custom metrics API'));
    return value.amount;
  }

  /** All of it together. */
  async outside({ name, selector }: MetricIdentifier, namespace: string): Promise<number> {
    const labelSelector = selectorFrom(selector).toString();
    const query = { namespace, ...(labelSelector && { labelSelector }) };
    const values = await this.read('external', name, (row) => this.options.client.list(row, query));
    if (values.length === 0) throw new NoProposal('no metrics returned from external metrics API');
    return values.reduce((total, { amount }) => total + amount, 0);
  }

  private async read(
    api: Api,
    resource: string,
    ask: (row: ResourceNames) => Promise<unknown>,
  ): Promise<Value[]> {
    const { group } = apis[api];
    const version = this.versionOf(api);
    try {
      return valuesOf(await ask({ group, version, resource, kind: 'MetricValueList', namespaced: true }));
    } catch (error) {
      throw new NoProposal(unable(api, messageOf(error)), { cause: error });
    }
  }

  /** The newest that somebody serves. */
  private versionOf(api: Api): string {
    const { group, versions } = apis[api];
    const version = versions.find((one) => this.options.services.get(`${one}.${group}`));
    if (!version) throw new NoProposal(unable(api, `no ${api} metrics API (${group}) registered`));
    return version;
  }

  private pluralOf({ apiVersion = '', kind }: DescribedObject): string {
    const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : [''];
    const row = this.options.resources().find((each) => each.group === group && each.kind === kind);
    if (!row) {
      const what = group ? `${kind}.${group}` : kind;
      const why = `no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`;
      throw new NoProposal(unable('custom', `unable to map kind ${what} to resource: ${why}`));
    }
    return group ? `${row.resource}.${group}` : row.resource;
  }
}

function unable(api: Api, why: string): string {
  return `unable to fetch metrics from ${api} metrics API: ${why}`;
}

function metricLabels(selector: LabelSelector | undefined): Record<string, string> {
  const metricLabelSelector = selectorFrom(selector).toString();
  return metricLabelSelector ? { metricLabelSelector } : {};
}

/** Of a MetricValueList or an ExternalMetricValueList. Throws for what is neither. */
function valuesOf(list: unknown): Value[] {
  if (!isRecord(list) || !Array.isArray(list.items))
    throw new Error('the answer is no list of metric values');
  return list.items.map((item: unknown) => {
    const { describedObject, timestamp, window, windowSeconds = window, value } = isRecord(item) ? item : {};
    const object = isRecord(describedObject) ? describedObject.name : '';
    return {
      object: typeof object === 'string' ? object : '',
      amount: Quantity.parse(String(value)).milliValue(),
      at: parseTime(String(timestamp)) ?? 0,
      windowMs: typeof windowSeconds === 'number' ? windowSeconds * 1000 : usualWindowMs,
    };
  });
}
