// The more weight of preferred nodeAffinity terms a node gathers, the better.

import { matchesTerm } from '../../../shared/api/index.ts';
import { normalized, type Score } from './score.ts';

export const preferredNodeAffinity: Score = ({ pod }, candidates) => {
  const terms = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const weights = candidates.map(({ node }) =>
    terms.reduce((total, { weight, preference }) => total + (matchesTerm(preference, node) ? weight : 0), 0),
  );
  return normalized(weights);
};
