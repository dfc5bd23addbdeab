// The Kind LimitRange: what a container, a pod or a claim of a namespace may ask for, and what it gets when it does not ask.

export type { LimitRange, LimitRangeItem } from 'kubernetes-types/core/v1';

import type { LimitRange, LimitRangeItem } from 'kubernetes-types/core/v1';
import type { Strategy } from '../resource.ts';
import { validateLimitRange } from './limit-range-validation.ts';

export const strategy: Strategy<LimitRange> = {
  schema: 'io.k8s.api.core.v1.LimitRange',
  createOnUpdate: true,
  default({ spec }) {
    for (const item of spec?.limits ?? []) defaultItem(item);
  },
  prepareForCreate({ metadata }) {
    // Upstream's ask for no name: they are found by their namespace.
    if (metadata?.uid) metadata.name ||= metadata.uid;
  },
  validate: validateLimitRange,
  columns: [],
};

/** The most that a container may have is what it gets; what it gets is what it asks for. */
function defaultItem(item: LimitRangeItem): void {
  if (item.type !== 'Container') return;
  item.default = { ...item.max, ...item.default };
  item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest };
  if (Object.keys(item.default).length === 0) delete item.default;
  if (Object.keys(item.defaultRequest).length === 0) delete item.defaultRequest;
}
