// The Kind SelfSubjectRulesReview: what may I do in a namespace? A question that is answered, not stored.

export type { SelfSubjectRulesReview } from 'kubernetes-types/authorization/v1';

import type { SelfSubjectRulesReview } from 'kubernetes-types/authorization/v1';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<SelfSubjectRulesReview> = {
  schema: 'io.k8s.api.authorization.v1.SelfSubjectRulesReview',
  columns: [],
};
