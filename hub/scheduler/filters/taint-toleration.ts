// A taint that keeps pods off (nodes that are not ready or out of reach have one too) must be tolerated.

import { isTolerated } from '../../../shared/api/index.ts';
import type { Filter } from './filter.ts';

export const taintToleration: Filter = (pod) => (candidate) => {
  const taint = candidate.node.spec?.taints?.find(
    (each) => each.effect !== 'PreferNoSchedule' && !isTolerated(pod.spec?.tolerations, each),
  );
  if (!taint) return undefined;
  return { reasons: [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`], curable: false };
};
