// Who is it? A list of authenticators is asked in turn; the first that knows the credentials answers.

import { ApiError } from '../../../shared/machinery/index.ts';
import type { Credentials, UserInfo } from '../request.ts';

export interface Authenticator {
  readonly name: string;
  /** Undefined: these credentials are none of mine. */
  authenticate(credentials: Credentials): Promise<UserInfo | undefined>;
}

export type Authenticate = (credentials: Credentials) => Promise<UserInfo>;

export const anonymous: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/**
 * Answers the user, in group `system:authenticated` too; somebody who shows nothing is `system:anonymous`.
 * Throws Unauthorized for a token that nobody knows.
 */
export function authenticateWith(authenticators: readonly Authenticator[]): Authenticate {
  return async (credentials) => {
    for (const authenticator of authenticators) {
      const user = await authenticator.authenticate(credentials);
      if (user) return { ...user, groups: [...new Set([...user.groups, 'system:authenticated'])] };
    }
    if (credentials.token !== undefined) throw new ApiError('Unauthorized', 'Unauthorized');
    return anonymous;
  };
}
