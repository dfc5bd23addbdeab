// A pod that names its node goes nowhere else.

import type { Filter } from './filter.ts';

export const nodeName: Filter = (pod, { node }) =>
  pod.spec?.nodeName && pod.spec.nodeName !== node.metadata.name
    ? { reasons: ["node(s) didn't match the requested node name"], curable: false }
    : undefined;
