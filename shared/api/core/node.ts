// The Kind Node: a board that runs pods, what it has, and how it is.

export type { Node, NodeCondition, NodeSelectorTerm, Taint } from 'kubernetes-types/core/v1';

import type { Node } from 'kubernetes-types/core/v1';
import { findCondition } from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';
import { validateNode, validateNodeStatusUpdate, validateNodeUpdate } from './node-validation.ts';

const none = '<none>';
const unknown = '<unknown>';
const roleLabel = 'node-role.kubernetes.io/';
const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
const addressWords =
  "List of addresses reachable to the node. Queried from cloud provider, if available. More info: https://kubernetes.io/docs/reference/node/node-status/#addresses Note: This field is declared as mergeable, but the merge key is not sufficiently unique, which can cause data corruption when it is merged. Callers should instead use a full-replacement patch. See https://pr.k8s.io/79391 for an example. Consumers should assume that addresses can change during the lifetime of a Node. However, there are some exceptions where this may not be possible, such as Pods that inherit a Node's address in its own status or consumers of the downward API (status.hostIP).";

export const strategy: Strategy<Node> = {
  schema: 'io.k8s.api.core.v1.Node',
  default: defaultNode,
  prepareForCreate(node) {
    dropConfigSource(node);
    // Until it is heard from, nothing is to run there (upstream: the admission plugin TaintNodesByCondition).
    const taints = node.spec?.taints ?? [];
    const tainted = taints.some(({ key, effect }) => key === notReady.key && effect === notReady.effect);
    if (!tainted) node.spec = { ...node.spec, taints: [...taints, { ...notReady }] };
  },
  prepareForUpdate: dropConfigSource,
  prepareForStatusUpdate(next, old) {
    if (old.spec) next.spec = old.spec;
    else delete next.spec;
  },
  withoutRenewals(node) {
    const { conditions, ...status } = node.status ?? {};
    if (!conditions) return node;
    const lasting = conditions.map(({ lastHeartbeatTime: _, ...condition }) => condition);
    return { ...node, status: { ...status, conditions: lasting } };
  },
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  validateStatusUpdate: validateNodeStatusUpdate,
  warnings: ({ spec }) =>
    spec?.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : [],
  fields: { 'spec.unschedulable': (node) => String(node.spec?.unschedulable ?? false) },
  columns: [
    nameColumn(),
    textColumn('Status', 'The status of the node', formatStatus),
    textColumn('Roles', 'The roles of the node', formatRoles),
    ageColumn(),
    textColumn(
      'Version',
      'Kubelet Version reported by the node.',
      (node) => node.status?.nodeInfo?.kubeletVersion ?? '',
    ),
    textColumn('Internal-IP', addressWords, (node) => addressOf(node, 'InternalIP'), 'wide'),
    textColumn('External-IP', addressWords, (node) => addressOf(node, 'ExternalIP'), 'wide'),
    textColumn(
      'OS-Image',
      'OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).',
      (node) => node.status?.nodeInfo?.osImage || unknown,
      'wide',
    ),
    textColumn(
      'Kernel-Version',
      "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64).",
      (node) => node.status?.nodeInfo?.kernelVersion || unknown,
      'wide',
    ),
    textColumn(
      'Container-Runtime',
      'ContainerRuntime Version reported by the node through runtime remote API (e.g. containerd://1.4.2).',
      (node) => node.status?.nodeInfo?.containerRuntimeVersion || unknown,
      'wide',
    ),
  ],
};

function defaultNode(node: Node): void {
  const { spec = {}, status = {} } = node;
  Object.assign(node, { spec, status });
  // One range stands in both fields; who knows only the older one is listened to.
  if (spec.podCIDR && spec.podCIDR !== spec.podCIDRs?.[0]) spec.podCIDRs = [spec.podCIDR];
  else if (!spec.podCIDR && spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
  if (status.capacity && !status.allocatable) status.allocatable = { ...status.capacity };
  status.daemonEndpoints ??= { kubeletEndpoint: { Port: 0 } };
  status.nodeInfo = {
    machineID: '',
    systemUUID: '',
    bootID: '',
    kernelVersion: '',
    osImage: '',
    containerRuntimeVersion: '',
    kubeletVersion: '',
    kubeProxyVersion: '',
    operatingSystem: '',
    architecture: '',
    ...status.nodeInfo,
  };
}

/** Dynamic configuration of kubelets is no more: v1.32 stores nothing of it. */
function dropConfigSource({ spec }: Node): void {
  if (spec) delete spec.configSource;
}

function formatStatus({ spec, status }: Node): string {
  const ready = findCondition(status?.conditions, 'Ready');
  const words = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'];
  if (spec?.unschedulable) words.push('SchedulingDisabled');
  return words.join(',');
}

function formatRoles({ metadata }: Node): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(metadata?.labels ?? {})) {
    const role = key.startsWith(roleLabel) ? key.slice(roleLabel.length) : '';
    if (role) roles.add(role);
    else if (key === 'kubernetes.io/role' && value) roles.add(value);
  }
  return [...roles].sort().join(',') || none;
}

function addressOf({ status }: Node, type: string): string {
  return status?.addresses?.find((address) => address.type === type)?.address ?? none;
}
