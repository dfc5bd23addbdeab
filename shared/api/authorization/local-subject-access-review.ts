// The Kind LocalSubjectAccessReview: may somebody do this in one namespace? A question that is answered, not stored.

export type { LocalSubjectAccessReview } from 'kubernetes-types/authorization/v1';

import type { LocalSubjectAccessReview } from 'kubernetes-types/authorization/v1';
import type { Strategy } from '../resource.ts';
import { validateLocalSubjectAccessReview } from './access-review-validation.ts';

export const strategy: Strategy<LocalSubjectAccessReview> = {
  schema: 'io.k8s.api.authorization.v1.LocalSubjectAccessReview',
  validate: validateLocalSubjectAccessReview,
  columns: [],
};
