// From what a pod's containers share to podman's request for a pod (PodSpecGenerator of its REST API). Pure.
// Its pause image is podman's own, which podman builds from its catatonit: no registry is asked.

import type { PortMapping, Sandbox } from '../runtime.ts';
import type { Labels } from './labels.ts';

interface SandboxPlan {
  sandbox: Sandbox;
  name: string;
  labels: Labels;
  /** Its own address on podman's default network; false: rootless podman's way. */
  bridge: boolean;
  /** The network that its address is of; undefined: podman's default. */
  network: string | undefined;
}

export function planPodSandbox({ sandbox, name, labels, bridge, network }: SandboxPlan): object {
  const { hostNetwork, hostPid, hostIpc, hostUsers, shareProcessNamespace } = sandbox;
  // Namespaces of the board are given to each container (hostNamespaces): podman 4.3 has no word for them here.
  const shared = [
    'net',
    'uts',
    ...(hostIpc ? [] : ['ipc']),
    ...(shareProcessNamespace && !hostPid ? ['pid'] : []),
  ];
  return {
    name,
    labels,
    // With the board's network podman takes the board's name too, and refuses another.
    ...(!hostNetwork && { hostname: sandbox.hostname }),
    shared_namespaces: shared,
    netns: hostNetwork ? { nsmode: 'host' } : bridge ? { nsmode: 'bridge' } : {},
    ...(!hostNetwork && bridge && network !== undefined && { Networks: { [network]: {} } }),
    ...(!hostUsers && { userns: { nsmode: 'auto' } }),
    portmappings: sandbox.ports.map(port),
    ...(sandbox.sysctls.length > 0 && {
      sysctl: Object.fromEntries(sandbox.sysctls.map(({ name: key, value }) => [key, value])),
    }),
    exit_policy: 'continue',
  };
}

function port({ hostIp, hostPort, containerPort, protocol }: PortMapping): object {
  return {
    host_ip: hostIp === '0.0.0.0' ? '' : hostIp,
    host_port: hostPort,
    container_port: containerPort,
    protocol: protocol.toLowerCase(),
  };
}

/** What a container of the pod is told of its namespaces. */
export function hostNamespaces({ hostPid, hostIpc }: Sandbox): object {
  return {
    ...(hostPid && { pidns: { nsmode: 'host' } }),
    ...(hostIpc && { ipcns: { nsmode: 'host' } }),
  };
}
