// The Kind TokenReview: whose token is it? A question that is answered, not stored.

export type { TokenReview } from 'kubernetes-types/authentication/v1';

import type { TokenReview } from 'kubernetes-types/authentication/v1';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<TokenReview> = {
  schema: 'io.k8s.api.authentication.v1.TokenReview',
  columns: [],
};
