// Where a Service's endpoints are: this process is on no cluster network, so it goes to an endpoint itself.

import { endpointslices, services } from '../../../shared/api/index.ts';
import type { ObjectReader } from '../object-reader.ts';
import type { Endpoints } from './webhook-address.ts';

/** Reads Services and EndpointSlices. Throws Errors in upstream's words. */
export function serviceEndpoints(reader: ObjectReader): Endpoints {
  return async (namespace, name, port) => {
    const service = await reader.get(services, { namespace, name });
    if (!service) throw new Error(`service "${name}" not found`);
    const { type, externalName = '', ports = [] } = service.spec ?? {};
    if (type === 'ExternalName') return { host: externalName, port };
    const wanted = ports.find((each) => each.port === port);
    if (!wanted) throw new Error(`service "${name}" has no port ${port}`);
    const slices = await reader.list(endpointslices, namespace);
    for (const { metadata, endpoints, ports: slicePorts = [] } of slices) {
      if (metadata.labels?.['kubernetes.io/service-name'] !== name) continue;
      const target = slicePorts?.find((each) => (each.name ?? '') === (wanted.name ?? ''));
      const ready = (endpoints ?? []).find(({ conditions }) => conditions?.ready !== false);
      const host = ready?.addresses[0];
      if (host !== undefined && target?.port !== undefined) return { host, port: target.port };
    }
    throw new Error(`no endpoints available for service "${name}"`);
  };
}
