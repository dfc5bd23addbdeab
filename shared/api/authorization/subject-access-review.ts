// The Kind SubjectAccessReview: may somebody do this? A question that is answered, not stored.

export type { SubjectAccessReview } from 'kubernetes-types/authorization/v1';

import type { SubjectAccessReview } from 'kubernetes-types/authorization/v1';
import type { Strategy } from '../resource.ts';
import { validateSubjectAccessReview } from './access-review-validation.ts';

export const strategy: Strategy<SubjectAccessReview> = {
  schema: 'io.k8s.api.authorization.v1.SubjectAccessReview',
  validate: validateSubjectAccessReview,
  columns: [],
};
