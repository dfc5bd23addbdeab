// create subjectaccessreviews, localsubjectaccessreviews, selfsubjectaccessreviews: may they do this?

import type { SelfSubjectAccessReview, SubjectAccessReview } from '../../../../shared/api/index.ts';
import type { AccessReview, UserInfo } from '../../request.ts';
import type { Access } from './access.ts';
import { type Answer, isSpecOf, reviewing } from './review.ts';

type Spec = SubjectAccessReview['spec'];
type SelfSpec = SelfSubjectAccessReview['spec'];

/** Also of the local one: its namespace has been checked. */
export const reviewAccess = reviewing(isSpecOf<Spec>, ({ access }, { spec = {} }) => {
  const { user = '', groups = [], uid, extra } = spec;
  return answer(access, { name: user, groups, ...(uid && { uid }), ...(extra && { extra }) }, spec);
});

export const reviewOwnAccess = reviewing(isSpecOf<SelfSpec>, ({ access }, { spec = {} }, { user }) =>
  answer(access, user, spec),
);

async function answer({ authorize }: Access, user: UserInfo, asked: SelfSpec): Promise<Answer> {
  const { allowed, reason } = await authorize(question(user, asked));
  return { status: { allowed, ...(reason && { reason }) } };
}

function question(
  user: UserInfo,
  { resourceAttributes: asked, nonResourceAttributes: other }: SelfSpec,
): AccessReview {
  if (!asked) return { user, verb: other?.verb ?? '', path: other?.path ?? '' };
  const { verb = '', group = '', resource = '', subresource, namespace, name } = asked;
  return {
    user,
    verb,
    group,
    resource,
    ...(subresource && { subresource }),
    ...(namespace && { namespace }),
    ...(name && { name }),
  };
}
