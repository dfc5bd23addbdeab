// RuntimeClass (KEP-585): the class that a pod names must be there; what it costs and where it runs is added to the pod.

import {
  mergeTolerations,
  type RuntimeClass,
  runtimeclasses,
  runtimeHandlerAnnotation,
} from '../../../shared/api/index.ts';
import { deepEqual } from '../../../shared/machinery/index.ts';
import type { ObjectReader } from '../object-reader.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';
import { newPodOf, type PodWithSpec, podForbidden } from './pod-admission.ts';

export function runtimeClass({ reader }: { reader: ObjectReader }): AdmissionPlugin {
  return {
    name: 'RuntimeClass',
    async admit(request, object) {
      const pod = newPodOf(request, object);
      if (!pod) return;
      const { runtimeClassName: name } = pod.spec;
      const found = name ? await reader.get(runtimeclasses, { name }) : undefined;
      if (name && !found) throw podForbidden(pod, `pod rejected: RuntimeClass "${name}" not found`);
      addOverhead(pod, found);
      if (found) addHandler(pod, found);
      if (found?.scheduling) addScheduling(pod, found.scheduling);
    },
  };
}

function addHandler(pod: PodWithSpec, { handler, metadata }: RuntimeClass): void {
  if (handler === metadata?.name) return;
  pod.metadata = {
    ...pod.metadata,
    annotations: { ...pod.metadata?.annotations, [runtimeHandlerAnnotation]: handler },
  };
}

function addOverhead(pod: PodWithSpec, found: RuntimeClass | undefined): void {
  const overhead = found?.overhead?.podFixed;
  const { overhead: sent } = pod.spec;
  if (sent && !overhead) {
    throw podForbidden(
      pod,
      'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    );
  }
  if (sent && !deepEqual(sent, overhead)) {
    throw podForbidden(pod, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
  }
  if (overhead) pod.spec.overhead = { ...overhead };
}

function addScheduling(
  pod: PodWithSpec,
  { nodeSelector, tolerations }: NonNullable<RuntimeClass['scheduling']>,
): void {
  const selector = { ...pod.spec.nodeSelector };
  for (const [key, value] of Object.entries(nodeSelector ?? {})) {
    const own = selector[key];
    if (own !== undefined && own !== value) {
      const why = `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`;
      throw podForbidden(pod, why);
    }
    selector[key] = value;
  }
  if (Object.keys(selector).length > 0) pod.spec.nodeSelector = selector;
  const all = mergeTolerations(pod.spec.tolerations ?? [], tolerations ?? []);
  if (all.length > 0) pod.spec.tolerations = all.map((toleration) => ({ ...toleration }));
}
