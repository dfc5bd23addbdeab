// Priority: turns a class's name into a number. PriorityClass is not served yet: there are the two that upstream builds in.

import type { AdmissionPlugin } from './admission-plugin.ts';
import { newPodOf, type PodWithSpec, podForbidden } from './pod-admission.ts';

const builtIn: ReadonlyMap<string, number> = new Map([
  ['system-cluster-critical', 2_000_000_000],
  ['system-node-critical', 2_000_001_000],
]);
const preemptionPolicy = 'PreemptLowerPriority';
const computedBy = 'priority admission controller computed';

export function priority(): AdmissionPlugin {
  return {
    name: 'Priority',
    admit(request, object) {
      const pod = newPodOf(request, object);
      if (pod) setPriority(pod);
    },
  };
}

function setPriority(pod: PodWithSpec): void {
  const { spec } = pod;
  const name = spec.priorityClassName;
  const computed = name ? builtIn.get(name) : 0;
  if (computed === undefined) throw podForbidden(pod, `no PriorityClass with name ${name} was found`);
  if (spec.priority !== undefined && spec.priority !== computed) {
    const why = `the integer value of priority (${spec.priority}) must not be provided in pod spec; ${computedBy} ${computed} from the given PriorityClass name`;
    throw podForbidden(pod, why);
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy) {
    const why = `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; ${computedBy} ${preemptionPolicy} from the given PriorityClass name`;
    throw podForbidden(pod, why);
  }
  spec.priority = computed;
  spec.preemptionPolicy = preemptionPolicy;
}
