// Ports that are defined twice in a pod: harmless on paper, and mostly a mistake.

import type { ContainerPort } from 'kubernetes-types/core/v1';
import type { FieldPath } from '../../machinery/index.ts';
import type { PlacedContainer } from './placed-container.ts';

interface PlacedPort {
  port: ContainerPort;
  path: FieldPath;
}

export function portWarnings(containers: readonly PlacedContainer[]): string[] {
  const known = new Map<string, PlacedPort[]>();
  const ports = containers.flatMap(({ container, path }) =>
    (container.ports ?? []).map((port, position) => ({ port, path: path.child('ports').index(position) })),
  );
  return ports.flatMap((each) => {
    const key = `${each.port.containerPort}/${each.port.protocol ?? ''}`;
    const others = known.get(key) ?? [];
    known.set(key, [...others, each]);
    const { hostIP, hostPort } = each.port;
    return [
      ...(hostIP && !hostPort ? [`${each.path}: hostIP set without hostPort: ${inGo(each.port)}`] : []),
      ...others.flatMap((other) => overlap(each, other)),
    ];
  });
}

/** As Go prints it. */
function inGo({ name = '', hostPort = 0, containerPort, protocol = '', hostIP = '' }: ContainerPort): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
}

function overlap({ port, path }: PlacedPort, { port: other, path: otherPath }: PlacedPort): string[] {
  const [hostIP, otherIP] = [port.hostIP ?? '', other.hostIP ?? ''];
  const [hostPort, otherPort] = [port.hostPort ?? 0, other.hostPort ?? 0];
  if (hostIP === otherIP && hostPort === otherPort) {
    return [`${path}: duplicate port definition with ${otherPath}`];
  }
  if (hostPort === 0 || otherPort === 0) return [`${path}: overlapping port definition with ${otherPath}`];
  const oneIsOpen = (hostIP === '') !== (otherIP === '');
  return hostPort === otherPort && oneIsOpen
    ? [`${path}: dangerously ambiguous port definition with ${otherPath}`]
    : [];
}
