// Which pods of a node a drain evicts, and why it may not: the filters of k8s.io/kubectl/pkg/drain, in their order.

import { listAt, textAt, valueAt } from '../json.ts';

export interface DrainRules {
  ignoreDaemonsets?: boolean;
  deleteEmptydirData?: boolean;
  force?: boolean;
}

export interface DrainPlan {
  evicted: unknown[];
  /** What is done all the same, each with its pods. */
  warnings: string[];
  /** None: the drain may begin. */
  faults: string[];
}

/** kubectl says it twice. */
const unmanaged = 'cannot delete Pods that declare no controller (use --force to override)';

type Verdict = { evicts: boolean; fault?: string; warning?: string };

export function planDrain(pods: readonly unknown[], rules: DrainRules): DrainPlan {
  const evicted: unknown[] = [];
  const warnings = new Map<string, string[]>();
  const faults = new Map<string, string[]>();
  for (const pod of pods) {
    const { evicts, fault, warning } = judge(pod, rules);
    const name = `${textAt(pod, 'metadata', 'namespace')}/${textAt(pod, 'metadata', 'name')}`;
    if (evicts) evicted.push(pod);
    if (fault) faults.set(fault, [...(faults.get(fault) ?? []), name]);
    if (warning) warnings.set(warning, [...(warnings.get(warning) ?? []), name]);
  }
  const texts = (found: ReadonlyMap<string, string[]>) =>
    [...found].map(([text, names]) => `${text}: ${names.join(', ')}`);
  return { evicted, warnings: texts(warnings), faults: texts(faults).map((text) => `cannot delete ${text}`) };
}

function judge(pod: unknown, rules: DrainRules): Verdict {
  const controller = listAt(pod, 'metadata', 'ownerReferences').find(
    (owner) => valueAt(owner, 'controller') === true,
  );
  const finished = ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase'));
  if (textAt(controller, 'kind') === 'DaemonSet' && !finished)
    return rules.ignoreDaemonsets
      ? { evicts: false, warning: 'ignoring DaemonSet-managed Pods' }
      : { evicts: false, fault: 'DaemonSet-managed Pods (use --ignore-daemonsets to ignore)' };
  if (textAt(pod, 'metadata', 'annotations', 'kubernetes.io/config.mirror')) return { evicts: false };
  if (finished) return { evicts: true };
  const local = listAt(pod, 'spec', 'volumes').some((volume) => valueAt(volume, 'emptyDir') !== undefined);
  if (local && !rules.deleteEmptydirData)
    return { evicts: false, fault: 'Pods with local storage (use --delete-emptydir-data to override)' };
  if (controller !== undefined) return { evicts: true };
  return rules.force
    ? { evicts: true, warning: 'deleting Pods that declare no controller' }
    : { evicts: false, fault: unmanaged };
}
