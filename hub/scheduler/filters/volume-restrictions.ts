// A ReadWriteOncePod claim is for one pod in the whole cluster.

import { claimNameOf, type Pod } from '../../../shared/api/index.ts';
import { anyNode, type Filter } from './filter.ts';

const inUse = {
  reasons: ['node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode'],
  curable: true,
};

export const volumeRestrictions: Filter = (pod, { candidates, volumes }) => {
  const namespace = pod.metadata?.namespace ?? '';
  const exclusive = claimNames(pod).filter((name) =>
    volumes.claim(namespace, name)?.spec?.accessModes?.includes('ReadWriteOncePod'),
  );
  if (exclusive.length === 0) return anyNode;
  const isUser = (other: Pod) =>
    (other.metadata?.namespace ?? '') === namespace &&
    claimNames(other).some((name) => exclusive.includes(name));
  const isInUse = candidates.some((candidate) => [...candidate.pods].some(isUser));
  return isInUse ? () => inUse : anyNode;
};

function claimNames(pod: Pod): string[] {
  return (pod.spec?.volumes ?? []).flatMap((volume) => claimNameOf(pod, volume) ?? []);
}
