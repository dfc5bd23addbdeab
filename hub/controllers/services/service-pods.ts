// Which pods stand behind a Service, and at which port: what Endpoints and EndpointSlices have in common.

import { lastingContainers, type Pod, type Service, services } from '../../../shared/api/index.ts';
import {
  each,
  type Informer,
  type InformerFactory,
  keyOf,
  mapped,
  type Source,
} from '../../../shared/client/index.ts';
import { deepEqual, findCondition, type Live, selectorFromLabels } from '../../../shared/machinery/index.ts';
import { isReady } from '../pod-facts.ts';

export type ServicePort = NonNullable<NonNullable<Service['spec']>['ports']>[number];

export const headlessLabel = 'service.kubernetes.io/headless';

/** Services that are filled by their selector. */
export function hasSelector({ spec }: Service): boolean {
  return (
    spec?.selector !== undefined && Object.keys(spec.selector).length > 0 && spec.type !== 'ExternalName'
  );
}

export function isHeadless({ spec }: Service): boolean {
  return spec?.clusterIP === 'None';
}

export function podsBehind(service: Live<Service>, informer: Informer<Pod>): Live<Pod>[] {
  const selector = selectorFromLabels(service.spec?.selector);
  return informer
    .inNamespace(service.metadata.namespace ?? '')
    .filter((pod) => selector.matches(pod.metadata.labels));
}

/** The port on the pod; undefined: it has no container port of that name. */
export function targetPortOf(port: ServicePort, pod: Pod): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target === 0 ? port.port : target;
  const protocol = port.protocol ?? 'TCP';
  for (const { ports = [] } of lastingContainers(pod.spec)) {
    const found = ports.find((each) => each.name === target && (each.protocol ?? 'TCP') === protocol);
    if (found) return found.containerPort;
  }
  return undefined;
}

/** `spec.hostname.spec.subdomain`: the pod has a name of its own under its headless Service. */
export function hostnameOf(pod: Pod, service: Live<Service>): string | undefined {
  const { hostname, subdomain } = pod.spec ?? {};
  return hostname && subdomain === service.metadata.name ? hostname : undefined;
}

export function addressesOf(pod: Pod, family: 'IPv4' | 'IPv6'): string[] {
  const { podIP, podIPs = podIP ? [{ ip: podIP }] : [] } = pod.status ?? {};
  const found: string[] = [];
  for (const { ip } of podIPs) if (ip?.includes(':') === (family === 'IPv6')) found.push(ip);
  return found;
}

/** Sources whose keys are the Services that a change of a Service or of a pod concerns. */
export function serviceSources(informers: InformerFactory, podInformer: Informer<Pod>): Source[] {
  const serviceInformer = informers.of(services);
  return [
    each(serviceInformer),
    mapped(podInformer, ({ type, object, previous }) => {
      if (previous && type === 'MODIFIED' && !concernsServices(previous, object)) return [];
      const candidates = serviceInformer.inNamespace(object.metadata.namespace ?? '').filter(hasSelector);
      const touched = candidates.filter(({ spec }) => {
        const selector = selectorFromLabels(spec?.selector);
        return selector.matches(object.metadata.labels) || selector.matches(previous?.metadata.labels);
      });
      return touched.map(keyOf);
    }),
  ];
}

function concernsServices(a: Live<Pod>, b: Live<Pod>): boolean {
  return !deepEqual(facts(a), facts(b));
}

function facts(pod: Live<Pod>): unknown {
  const { podIP, podIPs, phase } = pod.status ?? {};
  const { nodeName, hostname, subdomain } = pod.spec ?? {};
  const { labels, deletionTimestamp } = pod.metadata;
  const since = findCondition(pod.status?.conditions, 'Ready')?.status;
  return {
    podIP,
    podIPs,
    phase,
    nodeName,
    hostname,
    subdomain,
    labels,
    isGoing: Boolean(deletionTimestamp),
    since,
    isReady: isReady(pod),
  };
}
