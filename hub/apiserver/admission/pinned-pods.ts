// A pod whose creator names its node is marked as made for that node: afterwards nothing else tells it from one that the
// scheduler put there.

import { pinnedAnnotation } from '../../../shared/api/index.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';
import { newPodOf } from './pod-admission.ts';

export function pinnedPods(): AdmissionPlugin {
  return {
    name: 'PinnedPods',
    admit(request, object) {
      const pod = newPodOf(request, object);
      if (!pod?.spec.nodeName || !pod.metadata) return;
      pod.metadata.annotations = { ...pod.metadata.annotations, [pinnedAnnotation]: 'true' };
    },
  };
}
