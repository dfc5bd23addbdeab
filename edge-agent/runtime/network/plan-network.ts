// What ip(8) and nft(8) are told for a board's pods: a bridge, a pair of devices for each pod, and rules in a table of our own.
// Pure.

import { formatSubnet, type Subnet } from '../../../shared/machinery/index.ts';
import type { PortMapping } from '../runtime.ts';
import { gatewayOf } from './plan-addresses.ts';

export interface BoardNames {
  bridge: string;
  table: string;
}

/** Names are of the agent's own: several agents on a board do not meet. */
export const boardNames = (tag: string): BoardNames => ({ bridge: `kelp-${tag}`, table: `kelp_${tag}` });

export interface PodPorts {
  address: string;
  ports: readonly PortMapping[];
}

export function bridgeCommands({ bridge }: BoardNames, subnet: Subnet): string[] {
  return [
    `link add ${bridge} type bridge`,
    `address add ${gatewayOf(subnet)}/${subnet.bits} dev ${bridge}`,
    `link set ${bridge} up`,
  ];
}

/** On the board: a namespace, and a pair of devices that leads into it. */
export function namespaceCommands({ bridge }: BoardNames, device: string, namespace: string): string[] {
  return [
    `netns add ${namespace}`,
    `link add ${device} master ${bridge} up type veth peer name eth0 netns ${namespace}`,
  ];
}

/** In the pod. */
export function podCommands(subnet: Subnet, address: string): string[] {
  return [
    'link set lo up',
    `address add ${address}/${subnet.bits} dev eth0`,
    'link set eth0 up',
    `route add default via ${gatewayOf(subnet)}`,
  ];
}

interface NetworkScript {
  board: readonly string[];
  /** Of the pod. */
  namespace: string;
  pod: readonly string[];
  /** Undefined: they stay as they are. */
  rules: string | undefined;
}

/** For sh(1), which is told where ip(8) and nft(8) are, and to stop at what fails. */
export function networkScript({ board, namespace, pod, rules }: NetworkScript): string {
  return [
    told('"$1" -batch -', board),
    told(`"$1" -netns ${namespace} -batch -`, pod),
    ...(rules === undefined ? [] : [told('"$2" -f -', [rules])]),
  ].join('\n');
}

const told = (program: string, lines: readonly string[]) => `${program} <<'END'\n${lines.join('\n')}\nEND`;

/** The whole table, put in place of the one before in one step. */
export function nftRules({ bridge, table }: BoardNames, subnet: Subnet, pods: readonly PodPorts[]): string {
  const forwards = pods.flatMap(({ address, ports }) => ports.map((port) => forward(address, port)));
  const range = formatSubnet(subnet);
  return [
    `add table ip ${table}`,
    `delete table ip ${table}`,
    `table ip ${table} {`,
    '  chain prerouting {',
    '    type nat hook prerouting priority dstnat; policy accept;',
    ...forwards,
    '  }',
    '  chain output {',
    '    type nat hook output priority -100; policy accept;',
    ...forwards,
    '  }',
    '  chain postrouting {',
    '    type nat hook postrouting priority srcnat; policy accept;',
    // To the world as the board; and back to itself, or from the board's loopback, by the board's name.
    `    ip saddr ${range} oifname != "${bridge}" masquerade`,
    `    ip saddr ${range} ip daddr ${range} ct status dnat masquerade`,
    `    ip saddr 127.0.0.0/8 oifname "${bridge}" masquerade`,
    '  }',
    // The way to 127.0.0.1:hostPort (route_localnet) must be none from pods to what listens on the board's loopback.
    '  chain input {',
    '    type filter hook input priority filter; policy accept;',
    `    iifname "${bridge}" ip daddr 127.0.0.0/8 ct state != { established, related } drop`,
    '  }',
    '}',
    '',
  ].join('\n');
}

function forward(address: string, { hostIp, hostPort, containerPort, protocol }: PortMapping): string {
  const where = hostIp === '' || hostIp === '0.0.0.0' ? 'fib daddr type local' : `ip daddr ${hostIp}`;
  return `    ${where} ${protocol.toLowerCase()} dport ${hostPort} dnat to ${address}:${containerPort}`;
}
