// The columns of `kubectl get pods`.

import type { Pod } from 'kubernetes-types/core/v1';
import { humanDuration } from '../../machinery/index.ts';
import type { Column } from '../resource.ts';
import { summarizePod } from './pod-summary.ts';
import { ageColumn, nameColumn } from './pod-template-columns.ts';

const none = '<none>';

export const podColumns: readonly Column<Pod>[] = [
  nameColumn(),
  {
    name: 'Ready',
    type: 'string',
    format: '',
    description: 'The aggregate readiness state of this pod for accepting traffic.',
    priority: 0,
    cell: (pod) => {
      const { ready, total } = summarizePod(pod);
      return `${ready}/${total}`;
    },
  },
  {
    name: 'Status',
    type: 'string',
    format: '',
    description: 'The aggregate status of the containers in this pod.',
    priority: 0,
    cell: (pod) => summarizePod(pod).status,
  },
  {
    name: 'Restarts',
    type: 'string',
    format: '',
    description:
      'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
    priority: 0,
    cell: restartsCell,
  },
  ageColumn(),
  {
    name: 'IP',
    type: 'string',
    format: '',
    description:
      'IP address allocated to the pod. Routable at least within the cluster. Empty if not yet allocated.',
    priority: 1,
    cell: (pod) => pod.status?.podIPs?.[0]?.ip || none,
  },
  {
    name: 'Node',
    type: 'string',
    format: '',
    description:
      'NodeName is a request to schedule this pod onto a specific node. If it is non-empty, the scheduler simply schedules this pod onto that node, assuming that it fits resource requirements.',
    priority: 1,
    cell: (pod) => pod.spec?.nodeName || none,
  },
  {
    name: 'Nominated Node',
    type: 'string',
    format: '',
    description:
      'nominatedNodeName is set only when this pod preempts other pods on the node, but it cannot be scheduled right away as preemption victims receive their graceful termination periods. This field does not guarantee that the pod will be scheduled on this node. Scheduler may decide to place the pod elsewhere if other nodes become available sooner. Scheduler may also decide to give the resources on this node to a higher priority pod that is created after preemption. As a result, this field may be different than PodSpec.nodeName when the pod is scheduled.',
    priority: 1,
    cell: (pod) => pod.status?.nominatedNodeName || none,
  },
  {
    name: 'Readiness Gates',
    type: 'string',
    format: '',
    description:
      'If specified, all readiness gates will be evaluated for pod readiness. A pod is ready when all its containers are ready AND all conditions specified in the readiness gates have status equal to "True" More info: https://git.k8s.io/enhancements/keps/sig-network/580-pod-readiness-gates',
    priority: 1,
    cell: readinessGatesCell,
  },
];

/** e.g. `0`, or `3 (5m ago)`. */
function restartsCell(pod: Pod, now: number): string {
  const { restarts, lastRestart } = summarizePod(pod);
  if (lastRestart === undefined) return `${restarts}`;
  return `${restarts} (${humanDuration(now - Date.parse(lastRestart))} ago)`;
}

function readinessGatesCell(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return none;
  const conditions = pod.status?.conditions ?? [];
  const open = gates.filter(
    ({ conditionType }) => conditions.find(({ type }) => type === conditionType)?.status === 'True',
  );
  return `${open.length}/${gates.length}`;
}
