// create selfsubjectrulesreviews: what may I do in this namespace? (kubectl auth can-i --list)

import type { SelfSubjectRulesReview } from '../../../../shared/api/index.ts';
import { ApiError } from '../../../../shared/machinery/index.ts';
import { isSpecOf, reviewing } from './review.ts';

type Spec = SelfSubjectRulesReview['spec'];

export const reviewOwnRules = reviewing(isSpecOf<Spec>, ({ access }, { spec }, { user }) => {
  if (!spec?.namespace) throw new ApiError('BadRequest', 'no namespace on request');
  return { spec: {}, status: access.rulesFor(user, spec.namespace) };
});
