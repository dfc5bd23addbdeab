// The Kind Ingress: which Services answer which hosts and paths from outside.

export type { Ingress } from 'kubernetes-types/networking/v1';

import type { Ingress, IngressLoadBalancerIngress } from 'kubernetes-types/networking/v1';
import { ageColumn, firstThree, nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';
import { ingressClassAnnotation } from './default-class.ts';
import { validateClassAnnotation, validateIngress, validateIngressStatus } from './ingress-validation.ts';

export const strategy: Strategy<Ingress> = {
  schema: 'io.k8s.api.networking.v1.Ingress',
  generation: true,
  default(ingress) {
    ingress.spec ??= {};
    ingress.status = { loadBalancer: {}, ...ingress.status };
  },
  prepareForCreate(ingress) {
    ingress.status = { loadBalancer: {} };
  },
  prepareForStatusUpdate(next, old) {
    if (old.spec) next.spec = old.spec;
    else delete next.spec;
  },
  validate: validateIngress,
  validateCreate: validateClassAnnotation,
  validateStatusUpdate: validateIngressStatus,
  warnings: ({ metadata, spec }) =>
    metadata?.annotations?.[ingressClassAnnotation] === undefined || spec?.ingressClassName !== undefined
      ? []
      : [`annotation "${ingressClassAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`],
  columns: [
    nameColumn(),
    textColumn(
      'Class',
      'The name of the IngressClass resource that should be used for additional configuration',
      ({ metadata, spec }) =>
        spec?.ingressClassName ?? metadata?.annotations?.[ingressClassAnnotation] ?? '<none>',
    ),
    textColumn(
      'Hosts',
      'Hosts that incoming requests are matched against before the ingress rule',
      formatHosts,
    ),
    textColumn('Address', 'Address is a list containing ingress points for the load-balancer', ({ status }) =>
      formatAddresses(status?.loadBalancer?.ingress ?? []),
    ),
    textColumn('Ports', 'Ports of TLS configurations that open', ({ spec }) =>
      spec?.tls?.length ? '80, 443' : '80',
    ),
    ageColumn(),
  ],
};

function formatHosts({ spec }: Ingress): string {
  const hosts = (spec?.rules ?? []).flatMap(({ host }) => (host ? [host] : []));
  return firstThree(hosts, '*');
}

function formatAddresses(points: readonly IngressLoadBalancerIngress[]): string {
  const addresses = points.flatMap(({ ip, hostname }) => ip || hostname || []);
  return [...new Set(addresses)].sort().join(',');
}
