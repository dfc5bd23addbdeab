// The fewer pods of the same controller or Service are there already, the better.

import { normalized, type Score } from './score.ts';

export const spread: Score = ({ isRelated }, candidates) => {
  const counts = candidates.map(({ pods }) => {
    let count = 0;
    for (const pod of pods) if (!pod.metadata?.deletionTimestamp && isRelated(pod)) count += 1;
    return count;
  });
  return normalized(counts, true);
};
