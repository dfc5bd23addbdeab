// Whom reviews ask: the same functions that requests go through.

import type { Authenticate, Authorize, RulesFor } from '../../auth/index.ts';

export interface Access {
  /** Throws Unauthorized for a token that nobody knows. */
  readonly authenticate: Authenticate;
  readonly authorize: Authorize;
  readonly rulesFor: RulesFor;
}
