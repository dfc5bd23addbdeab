// How much of a quota an object uses, by what it is (upstream's pkg/quota/v1/evaluator/core): a pod its requests and limits,
// a service its ports, a claim its storage, and everything its place in the count.

import type { Pod, Service } from 'kubernetes-types/core/v1';
import { isRecord, type KubeObject, Quantity } from '../../machinery/index.ts';
import { isTerminated } from '../core/pod-reported-status.ts';
import { isOf } from '../is-of.ts';
import type { ResourceNames } from '../resource.ts';
import { pods, services } from '../resources.ts';
import { type Amounts, addTo, amountsOf, listOf, podAmounts } from './amounts.ts';

const one = Quantity.of(1);
/** These have a plain name beside `count/NAME`. */
const plainNames = ['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets'];
const compute = ['cpu', 'memory', 'ephemeral-storage'];
const ofPods = new Set([
  'pods',
  'count/pods',
  ...compute.flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
]);
/** Who limits these wants to know them of every container. */
const mustBeSaid = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'];

export function isPods({ group, resource }: ResourceNames): boolean {
  return group === pods.group && resource === pods.resource;
}

/** What an update may change of its usage. */
export function mayGrow({ group, resource }: ResourceNames): boolean {
  return group === '' && (resource === services.resource || resource === 'persistentvolumeclaims');
}

/** `deployments.apps`, `pods` */
export function qualifiedName({ group, resource }: ResourceNames): string {
  return group ? `${resource}.${group}` : resource;
}

/** Whether such a name is measured by pods; others by what their objects use. */
export function isOfPods(name: string): boolean {
  if (ofPods.has(name) || /^(?:requests\.)?hugepages-/.test(name)) return true;
  return name.startsWith('requests.') && name.includes('/') && !name.includes('kubernetes.io/');
}

/** The qualified name of the resource whose objects use what a quota limits under this name. */
export function measuredBy(name: string): string {
  if (name.startsWith('count/')) return name.slice('count/'.length);
  if (isOfPods(name)) return pods.resource;
  if (name === 'requests.storage' || name.includes('.storageclass.storage.k8s.io/'))
    return 'persistentvolumeclaims';
  return name.startsWith('services.') ? services.resource : name;
}

/** `now`: milliseconds since the epoch. */
export function usageOf(resource: ResourceNames, object: KubeObject, now: number): Amounts {
  if (isOf(pods, resource, object)) return podUsage(object, now);
  const usage = new Map([[`count/${qualifiedName(resource)}`, one]]);
  if (resource.group !== '') return usage;
  if (plainNames.includes(resource.resource)) usage.set(resource.resource, one);
  if (isOf(services, resource, object)) addTo(usage, serviceUsage(object));
  if (resource.resource === 'persistentvolumeclaims') addTo(usage, claimUsage(object));
  return usage;
}

function podUsage(pod: Pod, now: number): Amounts {
  const usage = new Map([['count/pods', one]]);
  if (hasEnded(pod, now)) return usage;
  usage.set('pods', one);
  addTo(usage, computeUsage(podAmounts(pod, 'requests'), podAmounts(pod, 'limits')));
  return usage;
}

/** Also a pod that should be gone for as long as it had to end: its node may be lost. */
function hasEnded(pod: Pod, now: number): boolean {
  if (isTerminated(pod)) return true;
  const { deletionTimestamp, deletionGracePeriodSeconds: grace } = pod.metadata ?? {};
  return deletionTimestamp !== undefined && grace !== undefined
    ? now > Date.parse(deletionTimestamp) + grace * 1000
    : false;
}

function computeUsage(requests: Amounts, limits: Amounts): Amounts {
  const usage = new Map<string, Quantity>();
  for (const [name, amount] of requests) {
    const extended = name.includes('/');
    if (!extended) usage.set(name, amount);
    usage.set(`requests.${name}`, amount);
  }
  for (const [name, amount] of limits) if (compute.includes(name)) usage.set(`limits.${name}`, amount);
  return usage;
}

function serviceUsage({ spec }: Service): Amounts {
  const ports = spec?.ports ?? [];
  const balanced = spec?.type === 'LoadBalancer';
  const given = ports.filter(({ nodePort }) => nodePort !== undefined);
  const all = spec?.type === 'NodePort' || (balanced && spec?.allocateLoadBalancerNodePorts !== false);
  const nodePorts = all ? ports.length : balanced ? given.length : 0;
  return new Map([
    ['services', one],
    ['services.nodeports', Quantity.of(nodePorts)],
    ['services.loadbalancers', balanced ? one : Quantity.zero],
  ]);
}

const classAnnotation = 'volume.beta.kubernetes.io/storage-class';

function claimUsage({ metadata, spec }: KubeObject & { spec?: unknown }): Amounts {
  const { resources, storageClassName } = isRecord(spec) ? spec : {};
  const requests = isRecord(resources) && isRecord(resources.requests) ? resources.requests : {};
  const storage = listOf(
    typeof requests.storage === 'string' ? { 'requests.storage': requests.storage } : {},
  );
  const usage = new Map([['persistentvolumeclaims', one], ...storage]);
  const named = metadata?.annotations?.[classAnnotation] ?? storageClassName;
  if (typeof named !== 'string' || named === '') return usage;
  const ofClass = [...usage].map(
    ([name, amount]) => [`${named}.storageclass.storage.k8s.io/${name}`, amount] as const,
  );
  return new Map([...usage, ...ofClass]);
}

/** Of the names of a quota those that some container says nothing of: `requests.cpu for: a,b`. */
export function unsaid({ spec }: Pod, names: readonly string[]): string[] {
  const required = names.filter((name) => mustBeSaid.includes(name)).sort();
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return required.flatMap((name) => {
    const silent = containers
      .filter((each) => !computeUsage(amountsOf(each, 'requests'), amountsOf(each, 'limits')).has(name))
      .map((each) => each.name);
    return silent.length > 0 ? [`${name} for: ${silent.sort().join(',')}`] : [];
  });
}
