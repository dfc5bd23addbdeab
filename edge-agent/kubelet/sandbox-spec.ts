// From a pod of the API to what its containers share. Pure.

import { type Container, qosClass } from '../../shared/api/index.ts';
import type { PortMapping, Sandbox } from '../runtime/index.ts';
import type { PodFacts } from './field-ref.ts';

/** The kernel's limit of a host name; upstream cuts it too. */
const longestHostname = 63;

export function sandboxSpec({ pod, nodeName }: PodFacts): Sandbox {
  const { name, namespace = '', uid } = pod.metadata;
  const spec = pod.spec ?? { containers: [] };
  const hostNetwork = spec.hostNetwork ?? false;
  return {
    ...{ uid, namespace, name, hostNetwork },
    hostPid: spec.hostPID ?? false,
    hostIpc: spec.hostIPC ?? false,
    hostUsers: spec.hostUsers ?? true,
    shareProcessNamespace: spec.shareProcessNamespace ?? false,
    hostname: hostNetwork ? nodeName : podHostname(spec.hostname ?? name),
    ports: hostNetwork ? [] : [...spec.containers, ...(spec.initContainers ?? [])].flatMap(portsOf),
    sysctls: spec.securityContext?.sysctls ?? [],
    qosClass: qosClass(spec),
  };
}

export function podHostname(name: string): string {
  return name.slice(0, longestHostname).replace(/[-.]+$/, '');
}

function portsOf({ ports = [] }: Container): PortMapping[] {
  return ports.flatMap(({ hostPort, hostIP = '', containerPort, protocol }) =>
    hostPort ? [{ hostIp: hostIP, hostPort, containerPort, protocol: protocolOf(protocol) }] : [],
  );
}

function protocolOf(word: string | undefined): PortMapping['protocol'] {
  return word === 'UDP' || word === 'SCTP' ? word : 'TCP';
}
