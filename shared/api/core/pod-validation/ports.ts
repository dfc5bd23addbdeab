// Ports of containers, each for itself and all of a pod together.

import type { Container, ContainerPort, PodSpec } from 'kubernetes-types/core/v1';
import { type FieldError, type FieldPath, faults, portName, portNumber } from '../../../machinery/index.ts';
import { named, oneOf, required } from './rules.ts';

const protocols = ['SCTP', 'TCP', 'UDP'];

export function validatePorts(ports: readonly ContainerPort[], path: FieldPath): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, position) => {
    const at = path.index(position);
    return [
      ...validatePortName(port.name ?? '', names, at.child('name')),
      ...(port.containerPort
        ? validateNumber(port.containerPort, at.child('containerPort'))
        : [faults.required(at.child('containerPort'))]),
      ...(port.hostPort ? validateNumber(port.hostPort, at.child('hostPort')) : []),
      ...(port.protocol
        ? oneOf(port.protocol, protocols, at.child('protocol'))
        : required(port.protocol, at.child('protocol'))),
    ];
  });
}

function validatePortName(name: string, taken: Set<string>, path: FieldPath): FieldError[] {
  if (!name) return [];
  const found = named(portName, name, path);
  if (found.length > 0) return found;
  if (taken.has(name)) return [faults.duplicate(path, name)];
  taken.add(name);
  return [];
}

function validateNumber(port: number, path: FieldPath): FieldError[] {
  return portNumber(port).map((text) => faults.invalid(path, port, text));
}

/** Two containers cannot have the same port of the host. */
export function validateHostPorts(containers: readonly Container[], path: FieldPath): FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap((container, position) =>
    (container.ports ?? []).flatMap((port, portPosition) => {
      if (!port.hostPort) return [];
      const key = `${port.protocol ?? ''}/${port.hostIP ?? ''}/${port.hostPort}`;
      const hostPort = path.index(position).child('ports').index(portPosition).child('hostPort');
      if (taken.has(key)) return [faults.duplicate(hostPort, key)];
      taken.add(key);
      return [];
    }),
  );
}

/** On the host's network the host's port is the container's. A template may leave it open: the pod is defaulted. */
export function validateHostNetworkPorts(spec: PodSpec, path: FieldPath, isPod: boolean): FieldError[] {
  if (!spec.hostNetwork) return [];
  return spec.containers.flatMap((container, position) =>
    (container.ports ?? []).flatMap(({ hostPort = 0, containerPort }, portPosition) => {
      if (hostPort === containerPort || (!isPod && hostPort === 0)) return [];
      const at = path.child('containers').index(position).child('ports').index(portPosition);
      const detail = 'must match `containerPort` when `hostNetwork` is true';
      return [faults.invalid(at.child('hostPort'), hostPort, detail)];
    }),
  );
}
