// nodeSelector and required nodeAffinity.

import { isWanted } from '../../../shared/api/index.ts';
import type { Filter } from './filter.ts';

export const nodeAffinity: Filter =
  (pod) =>
  ({ node }) =>
    isWanted(pod, node)
      ? undefined
      : { reasons: ["node(s) didn't match Pod's node affinity/selector"], curable: false };
