// A cordoned node takes only pods that tolerate it.

import { isTolerated, type Taint } from '../../../shared/api/index.ts';
import type { Filter } from './filter.ts';

const cordoned: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

export const nodeUnschedulable: Filter = (pod, { node }) =>
  node.spec?.unschedulable && !isTolerated(pod.spec?.tolerations, cordoned)
    ? { reasons: ['node(s) were unschedulable'], curable: false }
    : undefined;
