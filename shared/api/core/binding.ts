// The Kind Binding: the word of a scheduler on where a pod is to run. It is carried out, not stored.

export type { Binding } from 'kubernetes-types/core/v1';

import type { Binding } from 'kubernetes-types/core/v1';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<Binding> = {
  schema: 'io.k8s.api.core.v1.Binding',
  columns: [],
};
