// Claims and their volumes: a bound volume has to be in reach of the node, an unbound one must be possible there.

import { isReachable, planDelayed, podClaims } from '../pod-claims.ts';
import { anyNode, type Filter } from './filter.ts';

const conflict = { reasons: ['node(s) had volume node affinity conflict'], curable: false };
const missing = {
  reasons: ['node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'],
  curable: false,
};
const nothingToBind = {
  reasons: ["node(s) didn't find available persistent volumes to bind"],
  curable: false,
};

export const volumeBinding: Filter = (pod, { volumes }) => {
  if (!pod.spec?.volumes?.length) return anyNode;
  const claims = podClaims(pod, volumes);
  if ('message' in claims) return claims;
  const { bound, delayed } = claims;
  if (bound.length === 0 && delayed.length === 0) return anyNode;
  const found = bound.map(({ spec }) => volumes.volume(spec?.volumeName ?? ''));
  return (candidate) => {
    for (const volume of found) {
      if (!volume) return missing;
      if (!isReachable(volume, candidate)) return conflict;
    }
    return planDelayed(delayed, candidate, volumes) ? undefined : nothingToBind;
  };
};
