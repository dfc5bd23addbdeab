// How a pod may be resized: other amounts of cpu and memory for its containers, within its class of service
// (ValidatePodResize in k8s.io/kubernetes/pkg/apis/core/validation).

import type { Container, Pod } from 'kubernetes-types/core/v1';
import { type FieldError, FieldPath, faults, type Live, mutableCopy } from '../../../machinery/index.ts';
import { qosClass } from '../pod-qos.ts';
import { specDifference } from './spec-difference.ts';

const mutable = ['cpu', 'memory'];

export function validatePodResize(next: Pod, old: Live<Pod>): FieldError[] {
  const path = new FieldPath('spec');
  const before = old.spec ?? { containers: [] };
  const rest = mutableCopy(next.spec ?? { containers: [] });
  const found: FieldError[] = [];
  if (qosClass(before) !== qosClass(rest)) {
    const detail = 'Pod QOS Class may not change as a result of resizing';
    found.push(faults.invalid(path, next.status?.qosClass, detail));
  }
  for (const [index, container] of rest.containers.entries()) restore(container, before.containers[index]);
  const difference = specDifference(before, rest);
  if (!difference) return found;
  return [...found, faults.forbidden(path, `only cpu and memory resources are mutable\n${difference}`)];
}

/** Puts back what a resize may change: what differs then, it may not. */
function restore(container: Container, before: Container | undefined): void {
  for (const list of ['requests', 'limits'] as const) {
    const kept = Object.entries(container.resources?.[list] ?? {}).filter(
      ([name]) => !mutable.includes(name),
    );
    const old = Object.entries(before?.resources?.[list] ?? {}).filter(([name]) => mutable.includes(name));
    const amounts = Object.fromEntries([...kept, ...old]);
    if (Object.keys(amounts).length > 0) container.resources = { ...container.resources, [list]: amounts };
    else if (container.resources) delete container.resources[list];
  }
}
