// The Kind SelfSubjectAccessReview: may I do this? A question that is answered, not stored.

export type { SelfSubjectAccessReview } from 'kubernetes-types/authorization/v1';

import type { SelfSubjectAccessReview } from 'kubernetes-types/authorization/v1';
import type { Strategy } from '../resource.ts';
import { validateSelfSubjectAccessReview } from './access-review-validation.ts';

export const strategy: Strategy<SelfSubjectAccessReview> = {
  schema: 'io.k8s.api.authorization.v1.SelfSubjectAccessReview',
  validate: validateSelfSubjectAccessReview,
  columns: [],
};
