// A cordoned node takes only pods that tolerate it.

import { isTolerated, type Taint } from '../../../shared/api/index.ts';
import { anyNode, type Filter } from './filter.ts';

const cordoned: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

export const nodeUnschedulable: Filter = (pod) => {
  if (isTolerated(pod.spec?.tolerations, cordoned)) return anyNode;
  return ({ node }) =>
    node.spec?.unschedulable ? { reasons: ['node(s) were unschedulable'], curable: false } : undefined;
};
