// The Kind SelfSubjectReview: who am I, as the API server sees it? A question that is answered, not stored.

export type { SelfSubjectReview } from 'kubernetes-types/authentication/v1';

import type { SelfSubjectReview } from 'kubernetes-types/authentication/v1';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<SelfSubjectReview> = {
  schema: 'io.k8s.api.authentication.v1.SelfSubjectReview',
  columns: [],
};
