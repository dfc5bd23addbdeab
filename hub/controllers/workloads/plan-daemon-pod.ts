// What a DaemonSet's pod for a node looks like, and for which node one is. Pure.

import { type DaemonSet, daemonsets, type Pod, type Toleration } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { podFrom } from '../pods/pod-from-template.ts';
import { revisionLabel } from './plan-revisions.ts';

/** Where apps/v1 keeps how often the template was changed. */
const templateGeneration = 'deprecated.daemonset.template.generation';

const ill = (name: string, effect: string): Toleration => ({
  key: `node.kubernetes.io/${name}`,
  operator: 'Exists',
  effect,
});

/** A daemon belongs to its node, whatever state that is in. */
const always: readonly Toleration[] = [
  ill('not-ready', 'NoExecute'),
  ill('unreachable', 'NoExecute'),
  ill('disk-pressure', 'NoSchedule'),
  ill('memory-pressure', 'NoSchedule'),
  ill('pid-pressure', 'NoSchedule'),
  ill('unschedulable', 'NoSchedule'),
];
const onHostNetwork = ill('network-unavailable', 'NoSchedule');

/** `node` absent: as the template says, for any node. */
export function podOnNode(set: Live<DaemonSet>, hash: string | undefined, node: string | undefined): Pod {
  const pod = podFrom(set, daemonsets, set.spec?.template);
  const generation = set.metadata.annotations?.[templateGeneration];
  const labels = {
    ...pod.metadata?.labels,
    ...(hash && { [revisionLabel]: hash }),
    ...(generation && { 'pod-template-generation': generation }),
  };
  const spec = pod.spec ?? { containers: [] };
  const tolerations = withTolerations(
    spec.tolerations ?? [],
    spec.hostNetwork ? [...always, onHostNetwork] : always,
  );
  return {
    ...pod,
    metadata: { ...pod.metadata, labels },
    spec: { ...spec, tolerations, ...(node !== undefined && { affinity: onlyOn(node, spec.affinity) }) },
  };
}

function withTolerations(own: readonly Toleration[], added: readonly Toleration[]): Toleration[] {
  const same = (a: Toleration, b: Toleration) =>
    a.key === b.key &&
    a.operator === b.operator &&
    a.effect === b.effect &&
    (a.value ?? '') === (b.value ?? '');
  return [
    ...own.map((toleration) => added.find((each) => same(each, toleration)) ?? toleration),
    ...added.filter((toleration) => !own.some((each) => same(each, toleration))),
  ];
}

type Affinity = NonNullable<NonNullable<Pod['spec']>['affinity']>;

/** What the template requires of a node was looked at already: only the name counts. */
function onlyOn(node: string, affinity: Affinity | undefined): Affinity {
  const byName = { key: 'metadata.name', operator: 'In', values: [node] };
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [byName] }] },
    },
  };
}

/** The name of the node that a pod is on or waits for; undefined: it was not made by a DaemonSet. */
export function targetOf({ spec }: Pod): string | undefined {
  if (spec?.nodeName) return spec.nodeName;
  const terms =
    spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  for (const { matchFields = [] } of terms) {
    const byName = matchFields.find(({ key, operator }) => key === 'metadata.name' && operator === 'In');
    if (byName?.values?.length === 1) return byName.values[0];
  }
  return undefined;
}
