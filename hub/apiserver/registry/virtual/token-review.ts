// create tokenreviews: whose token is it?

import type { TokenReview } from '../../../../shared/api/index.ts';
import { ApiError } from '../../../../shared/machinery/index.ts';
import type { UserInfo } from '../../request.ts';
import { apiAudiences } from '../../service-accounts/index.ts';
import type { Access } from './access.ts';
import { type Answer, isSpecOf, reviewing } from './review.ts';

type Spec = TokenReview['spec'];

/** An answer that the token is none: not an error of the request. */
const unknownToken: Answer = { status: { user: {}, error: 'invalid bearer token' } };

export const reviewToken = reviewing(isSpecOf<Spec>, async ({ access }, { spec }) => {
  if (!spec?.token) throw new ApiError('BadRequest', 'token is required for TokenReview in authentication');
  const wanted = spec.audiences?.length ? spec.audiences : apiAudiences;
  const audiences: string[] = [];
  let user: UserInfo | undefined;
  for (const audience of wanted) {
    const known = await userOf(access, spec.token, audience);
    if (!known) continue;
    user = known;
    audiences.push(audience);
  }
  return user ? { status: { authenticated: true, user: userStatus(user), audiences } } : unknownToken;
});

/** Only tokens of service accounts say for whom they were made; all others are for this API. */
async function userOf(
  { authenticate }: Access,
  token: string,
  audience: string,
): Promise<UserInfo | undefined> {
  try {
    const user = await authenticate({ token, audiences: [audience] });
    const made = user.groups.includes('system:serviceaccounts');
    return made || apiAudiences.includes(audience) ? user : undefined;
  } catch (error) {
    if (ApiError.is(error, 'Unauthorized')) return undefined;
    throw error;
  }
}

/** A user as reviews show one. */
export function userStatus({ name, uid, groups, extra }: UserInfo): object {
  return {
    username: name,
    ...(uid && { uid }),
    ...(groups.length > 0 && { groups }),
    ...(extra && Object.keys(extra).length > 0 && { extra }),
  };
}
