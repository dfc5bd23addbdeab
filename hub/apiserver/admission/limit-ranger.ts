// LimitRanger: what a pod or a claim asks for lies within the LimitRanges of its namespace, and what a container leaves open
// they fill in.

import {
  type Container,
  type LimitRange,
  type LimitRangeItem,
  limitranges,
  type Pod,
} from '../../../shared/api/index.ts';
import { amountsOf, listOf, podAmounts } from '../../../shared/api/quota/index.ts';
import {
  forbidden,
  goErrors,
  isRecord,
  type KubeObject,
  type Live,
} from '../../../shared/machinery/index.ts';
import type { ObjectReader } from '../object-reader.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission-plugin.ts';
import { constraintFaults } from './limit-constraints.ts';
import { newPodOf, type PodWithSpec, resizedPodOf } from './pod-admission.ts';

const annotation = 'kubernetes.io/limit-ranger';

export function limitRanger({ reader }: { reader: ObjectReader }): AdmissionPlugin {
  const rangesIn = (namespace: string | undefined) => reader.list(limitranges, namespace);
  return {
    name: 'LimitRanger',
    async admit(request, object) {
      const pod = newPodOf(request, object);
      if (!pod) return;
      for (const range of await rangesIn(request.namespace)) fillIn(pod, range);
    },
    async validate(request, object, old) {
      if (old?.metadata.deletionTimestamp) return;
      const pod = newPodOf(request, object) ?? resizedPodOf(request, object);
      const claim = isClaim(request) ? object : undefined;
      if (!pod && !claim) return;
      for (const range of await rangesIn(request.namespace)) {
        const found = pod ? podFaults(pod, range) : claimFaults(claim, range);
        refuse(request, object, found);
      }
    },
  };
}

function isClaim({ resource, verb, subresource }: AdmissionRequest): boolean {
  return (
    verb !== 'delete' &&
    !subresource &&
    resource.group === '' &&
    resource.resource === 'persistentvolumeclaims'
  );
}

function itemsOf({ spec }: LimitRange, type: string): LimitRangeItem[] {
  return (spec?.limits ?? []).filter((item) => item.type === type);
}

function refuse(
  { resource }: AdmissionRequest,
  object: KubeObject | undefined,
  found: readonly string[],
): void {
  const texts = [...new Set(found)];
  if (texts.length === 0) return;
  throw forbidden(resource, object?.metadata?.name ?? object?.metadata?.generateName ?? '', goErrors(texts));
}

/** Says in an annotation what it has filled in. */
function fillIn(pod: PodWithSpec, range: Live<LimitRange>): void {
  const limits = Object.assign({}, ...itemsOf(range, 'Container').map((item) => item.default));
  const requests = Object.assign({}, ...itemsOf(range, 'Container').map((item) => item.defaultRequest));
  const said = [
    ...pod.spec.containers.flatMap((container) => fillContainer(container, 'container', limits, requests)),
    ...(pod.spec.initContainers ?? []).flatMap((container) =>
      fillContainer(container, 'init container', limits, requests),
    ),
  ];
  if (said.length === 0) return;
  pod.metadata ??= {};
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [annotation]: `LimitRanger plugin set: ${said.join('; ')}`,
  };
}

type List = Readonly<Record<string, string>>;

function fillContainer(container: Container, what: string, limits: List, requests: List): string[] {
  container.resources ??= {};
  const { resources } = container;
  // Who only says a limit asks for as much.
  resources.requests = { ...resources.limits, ...resources.requests };
  const asked = missing(requests, resources.requests);
  const limited = missing(limits, resources.limits);
  resources.requests = { ...requests, ...resources.requests };
  resources.limits = { ...limits, ...resources.limits };
  if (Object.keys(resources.requests).length === 0) delete resources.requests;
  if (Object.keys(resources.limits).length === 0) delete resources.limits;
  const whose = `for ${what} ${container.name}`;
  return [
    ...(asked.length > 0 ? [`${asked.join(', ')} request ${whose}`] : []),
    ...(limited.length > 0 ? [`${limited.join(', ')} limit ${whose}`] : []),
  ];
}

function missing(defaults: List, given: List = {}): string[] {
  return Object.keys(defaults)
    .filter((name) => !Object.hasOwn(given, name))
    .sort();
}

function podFaults(pod: Pod, range: LimitRange): string[] {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const requests = podAmounts(pod, 'requests');
  const limits = podAmounts(pod, 'limits');
  return [
    ...itemsOf(range, 'Container').flatMap((item) =>
      containers.flatMap((container) =>
        constraintFaults(item, amountsOf(container, 'requests'), amountsOf(container, 'limits')),
      ),
    ),
    ...itemsOf(range, 'Pod').flatMap((item) => constraintFaults(item, requests, limits)),
  ];
}

/** A claim has a request and no limit: only how little and how much it asks for counts. */
function claimFaults(claim: (KubeObject & { spec?: unknown }) | undefined, range: LimitRange): string[] {
  const resources = isRecord(claim?.spec) ? claim.spec.resources : undefined;
  const requests = listOf(textsIn(isRecord(resources) ? resources.requests : undefined));
  return itemsOf(range, 'PersistentVolumeClaim').flatMap((item) =>
    constraintFaults(item, requests, undefined),
  );
}

function textsIn(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
