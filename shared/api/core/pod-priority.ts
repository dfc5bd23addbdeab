import type { Pod } from 'kubernetes-types/core/v1';

/** What admission found of its class; none is 0. */
export function priorityOf({ spec }: Pod): number {
  return spec?.priority ?? 0;
}
