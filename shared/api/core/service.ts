// The Kind Service: one stable address for the pods that a selector picks. Addresses and node ports are allocated by the
// registry (hub/apiserver/registry/service-allocator.ts) when the object is written.

export type { Service } from 'kubernetes-types/core/v1';

import type { Service, ServicePort } from 'kubernetes-types/core/v1';
import { selectorFromLabels } from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';
import {
  adoptAllocated,
  defaultService,
  dropTypeDependentFields,
  serviceWarnings,
  syncClusterIps,
  validateService,
  validateServiceStatus,
  validateServiceUpdate,
} from './service/index.ts';

const none = '<none>';

export const strategy: Strategy<Service> = {
  schema: 'io.k8s.api.core.v1.Service',
  nameRule: 'dns1035-label',
  createOnUpdate: true,
  default: defaultService,
  prepareForCreate(service) {
    Object.assign(service, { status: { loadBalancer: {} } });
    syncClusterIps(service, undefined);
  },
  prepareForUpdate(next, old) {
    dropTypeDependentFields(next, old);
    adoptAllocated(next, old);
    syncClusterIps(next, old);
  },
  prepareForStatusUpdate(next, old) {
    if (old.spec) next.spec = old.spec;
    else delete next.spec;
  },
  validate: validateService,
  changeFirst: true,
  validateUpdate: validateServiceUpdate,
  validateStatusUpdate: validateServiceStatus,
  warnings: serviceWarnings,
  fields: {
    'spec.clusterIP': (service) => service.spec?.clusterIP ?? '',
    'spec.type': (service) => service.spec?.type ?? '',
  },
  columns: [
    nameColumn(),
    textColumn(
      'Type',
      'type determines how the Service is exposed. Defaults to ClusterIP. Valid options are ExternalName, ClusterIP, NodePort, and LoadBalancer. "ClusterIP" allocates a cluster-internal IP address for load-balancing to endpoints. Endpoints are determined by the selector or if that is not specified, by manual construction of an Endpoints object or EndpointSlice objects. If clusterIP is "None", no virtual IP is allocated and the endpoints are published as a set of endpoints rather than a virtual IP. "NodePort" builds on ClusterIP and allocates a port on every node which routes to the same endpoints as the clusterIP. "LoadBalancer" builds on NodePort and creates an external load-balancer (if supported in the current cloud) which routes to the same endpoints as the clusterIP. "ExternalName" aliases this service to the specified externalName. Several other fields do not apply to ExternalName services. More info: https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types',
      (service) => service.spec?.type ?? '',
    ),
    textColumn(
      'Cluster-IP',
      'clusterIP is the IP address of the service and is usually assigned randomly. If an address is specified manually, is in-range (as per system configuration), and is not in use, it will be allocated to the service; otherwise creation of the service will fail. This field may not be changed through updates unless the type field is also being changed to ExternalName (which requires this field to be blank) or the type field is being changed from ExternalName (in which case this field may optionally be specified, as describe above).  Valid values are "None", empty string (""), or a valid IP address. Setting this to "None" makes a "headless service" (no virtual IP), which is useful when direct endpoint connections are preferred and proxying is not required.  Only applies to types ClusterIP, NodePort, and LoadBalancer. If this field is specified when creating a Service of type ExternalName, creation will fail. This field will be wiped when updating a Service to type ExternalName. More info: https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-proxies',
      (service) => service.spec?.clusterIPs?.[0] ?? none,
    ),
    textColumn(
      'External-IP',
      'externalIPs is a list of IP addresses for which nodes in the cluster will also accept traffic for this service.  These IPs are not managed by Kubernetes.  The user is responsible for ensuring that traffic arrives at a node with this IP.  A common example is external load-balancers that are not part of the Kubernetes system.',
      formatExternalIp,
    ),
    textColumn(
      'Port(s)',
      'The list of ports that are exposed by this service. More info: https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-proxies',
      (service) => (service.spec?.ports ?? []).map(formatPort).join(',') || none,
    ),
    ageColumn(),
    textColumn(
      'Selector',
      'Route service traffic to pods with label keys and values matching this selector. If empty or not present, the service is assumed to have an external process managing its endpoints, which Kubernetes will not modify. Only applies to types ClusterIP, NodePort, and LoadBalancer. Ignored if type is ExternalName. More info: https://kubernetes.io/docs/concepts/services-networking/service/',
      (service) => selectorFromLabels(service.spec?.selector).toString() || none,
      'wide',
    ),
  ],
};

function formatExternalIp({ spec, status }: Service): string {
  const external = spec?.externalIPs ?? [];
  if (spec?.type === 'ExternalName') return spec.externalName ?? '';
  if (spec?.type !== 'LoadBalancer') return external.join(',') || none;
  const ingress = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '');
  const balanced = [...new Set(ingress.filter(Boolean))].sort();
  return [...balanced, ...external].join(',') || '<pending>';
}

/** e.g. `80/TCP`, `80:30123/TCP`. */
function formatPort({ port, nodePort, protocol }: ServicePort): string {
  return nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;
}
