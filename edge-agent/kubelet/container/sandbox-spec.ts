// From a pod of the API to what its containers share. Pure.

import { type Container, qosClass } from '../../../shared/api/index.ts';
import { dottedSysctl, type PortMapping, type Sandbox } from '../../runtime/index.ts';
import { podHostname } from '../network/pod-hostname.ts';
import type { PodFacts } from './field-ref.ts';

/** Throws an Error in kubelet's words where the pod's whole name is too long. */
export function sandboxSpec(facts: PodFacts): Sandbox {
  const { pod } = facts;
  const { name, namespace = '', uid } = pod.metadata;
  const spec = pod.spec ?? { containers: [] };
  const hostNetwork = spec.hostNetwork ?? false;
  return {
    ...{ uid, namespace, name, hostNetwork },
    hostPid: spec.hostPID ?? false,
    hostIpc: spec.hostIPC ?? false,
    hostUsers: spec.hostUsers ?? true,
    shareProcessNamespace: spec.shareProcessNamespace ?? false,
    hostname: podHostname(facts).kernelName,
    ports: hostNetwork ? [] : [...spec.containers, ...(spec.initContainers ?? [])].flatMap(portsOf),
    sysctls: (spec.securityContext?.sysctls ?? []).map(({ name, value }) => ({
      name: dottedSysctl(name),
      value,
    })),
    qosClass: qosClass(spec),
  };
}

function portsOf({ ports = [] }: Container): PortMapping[] {
  return ports.flatMap(({ hostPort, hostIP = '', containerPort, protocol }) =>
    hostPort ? [{ hostIp: hostIP, hostPort, containerPort, protocol: protocolOf(protocol) }] : [],
  );
}

function protocolOf(word: string | undefined): PortMapping['protocol'] {
  return word === 'UDP' || word === 'SCTP' ? word : 'TCP';
}
