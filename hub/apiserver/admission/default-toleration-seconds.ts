// DefaultTolerationSeconds: a pod outlives five minutes of an unready or unreachable node unless it says otherwise.

import type { Toleration } from '../../../shared/api/index.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';
import { podOf } from './pod-admission.ts';

const keys = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
const tolerationSeconds = 300;

export function defaultTolerationSeconds(): AdmissionPlugin {
  return {
    name: 'DefaultTolerationSeconds',
    admit(request, object) {
      if (request.verb === 'delete') return;
      const pod = podOf(request, object);
      if (!pod) return;
      const own = pod.spec.tolerations ?? [];
      const missing = keys.filter((key) => !own.some((toleration) => tolerates(toleration, key)));
      if (missing.length === 0) return;
      const added = missing.map(
        (key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }) as const,
      );
      pod.spec.tolerations = [...own, ...added];
    },
  };
}

function tolerates({ key, effect }: Toleration, taint: string): boolean {
  return (!key || key === taint) && (!effect || effect === 'NoExecute');
}
