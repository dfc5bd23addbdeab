// A pod that names its node goes nowhere else.

import { anyNode, type Filter } from './filter.ts';

export const nodeName: Filter = ({ spec }) => {
  if (!spec?.nodeName) return anyNode;
  return ({ node }) =>
    spec.nodeName === node.metadata.name
      ? undefined
      : { reasons: ["node(s) didn't match the requested node name"], curable: false };
};
