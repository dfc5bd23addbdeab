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

/**
 * The same as words for `podman pod create`: the REST API of podman 4 takes no user ids of a pod's own (it says that it does,
 * and makes a pod whose containers cannot start).
 */
export function podSandboxWords({ sandbox, name, labels, network }: SandboxPlan): string[] {
  const { hostNetwork, hostname, ports, sysctls } = sandbox;
  return [
    ...['pod', 'create', '--name', name, '--userns', 'auto', '--exit-policy', 'continue'],
    ...['--share', sharedNamespaces(sandbox).join(',')],
    ...(hostNetwork
      ? ['--network', 'host', '--uts', 'host']
      : ['--hostname', hostname, '--network', network ?? 'bridge']),
    ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    ...ports.flatMap((one) => ['--publish', published(one)]),
    ...sysctls.flatMap(({ name: key, value }) => ['--sysctl', `${key}=${value}`]),
  ];
}

function published({ hostIp, hostPort, containerPort, protocol }: PortMapping): string {
  const host = hostIp.includes(':') ? `[${hostIp}]:` : hostIp === '' ? '' : `${hostIp}:`;
  return `${host}${hostPort}:${containerPort}/${protocol.toLowerCase()}`;
}

/** Namespaces of the board are given to each container (hostNamespaces): podman 4.3 has no word for them here. */
function sharedNamespaces({ hostNetwork, hostPid, hostIpc, shareProcessNamespace }: Sandbox): string[] {
  return [
    'net',
    ...(hostNetwork ? [] : ['uts']),
    ...(hostIpc ? [] : ['ipc']),
    ...(shareProcessNamespace && !hostPid ? ['pid'] : []),
  ];
}

/** `hostUsers: false`: see podSandboxWords. */
export function planPodSandbox({ sandbox, name, labels, bridge, network }: SandboxPlan): object {
  const { hostNetwork } = sandbox;
  return {
    name,
    labels,
    // Without either the pause container is named as the pod is, and the kernel refuses that name where it is long.
    ...(hostNetwork ? { utsns: { nsmode: 'host' } } : { hostname: sandbox.hostname }),
    shared_namespaces: sharedNamespaces(sandbox),
    netns: hostNetwork ? { nsmode: 'host' } : bridge ? { nsmode: 'bridge' } : {},
    ...(!hostNetwork && bridge && network !== undefined && { Networks: { [network]: {} } }),
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
export function hostNamespaces({ hostNetwork, hostPid, hostIpc }: Sandbox): object {
  return {
    // The board's name comes with its network.
    ...(hostNetwork && { utsns: { nsmode: 'host' } }),
    ...(hostPid && { pidns: { nsmode: 'host' } }),
    ...(hostIpc && { ipcns: { nsmode: 'host' } }),
  };
}
