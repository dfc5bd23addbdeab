// The fewer PreferNoSchedule taints have to be overlooked, the better.

import { isTolerated } from '../../../shared/api/index.ts';
import { normalized, type Score } from './score.ts';

export const taintPreference: Score = ({ pod }, candidates) => {
  const tolerations = pod.spec?.tolerations?.filter(({ effect }) => !effect || effect === 'PreferNoSchedule');
  const counts = candidates.map(
    ({ node }) =>
      node.spec?.taints?.filter(
        (taint) => taint.effect === 'PreferNoSchedule' && !isTolerated(tolerations, taint),
      ).length ?? 0,
  );
  return normalized(counts, true);
};
