// Variables that tell a container of the Services of its namespace (k8s.io/kubernetes pkg/kubelet/envvars, v1.32). Pure.

import type { Service } from '../../../shared/api/index.ts';

/** Of those that have an address, in their order; later wins. */
export function serviceVariables(services: readonly Service[]): Map<string, string> {
  return new Map(services.flatMap((service) => Object.entries(variablesOf(service))));
}

function variablesOf({ metadata, spec }: Service): Record<string, string> {
  const { clusterIP = '', ports = [] } = spec ?? {};
  const [first] = ports;
  if (clusterIP === '' || clusterIP === 'None' || !first) return {};
  const prefix = nameOf(metadata?.name ?? '');
  const named = ports.filter(({ name }) => name);
  return {
    [`${prefix}_SERVICE_HOST`]: clusterIP,
    [`${prefix}_SERVICE_PORT`]: `${first.port}`,
    ...Object.fromEntries(
      named.map(({ name = '', port }) => [`${prefix}_SERVICE_PORT_${nameOf(name)}`, `${port}`]),
    ),
    [`${prefix}_PORT`]: urlOf(clusterIP, first),
    ...Object.assign({}, ...ports.map((port) => linkOf(prefix, clusterIP, port))),
  };
}

interface Port {
  port: number;
  protocol?: string;
}

/** As Docker once linked containers. */
function linkOf(prefix: string, address: string, port: Port): Record<string, string> {
  const { protocol = 'TCP' } = port;
  const own = `${prefix}_PORT_${port.port}_${protocol}`;
  return {
    [own]: urlOf(address, port),
    [`${own}_PROTO`]: protocol.toLowerCase(),
    [`${own}_PORT`]: `${port.port}`,
    [`${own}_ADDR`]: address,
  };
}

function urlOf(address: string, { port, protocol = 'TCP' }: Port): string {
  return `${protocol.toLowerCase()}://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

const nameOf = (name: string) => name.replaceAll('-', '_').toUpperCase();
