// Who it is, and what they may do; the same for both doors. Both lists are asked in their order.

import type { Clock, Logger } from '../shared/base/index.ts';
import { tokenFileIn } from './admin-token.ts';
import {
  authenticateWith,
  authorizeWith,
  bootstrapTokenAuthenticator,
  certificateAuthenticator,
  healthAuthorizer,
  mastersAuthorizer,
  nodeAuthorizer,
  rulesOf,
  tokenFileAuthenticator,
} from './apiserver/auth/index.ts';
import {
  type NodeReach,
  RoleBook,
  rbacAuthorizer,
  type ServiceAccountTokens,
  serviceAccountAuthenticator,
} from './apiserver/index.ts';
import { readBootstrapSecret } from './bootstrap-secrets.ts';
import type { Store } from './store/index.ts';

export interface AccessOptions {
  dataDir: string;
  store: Store;
  tokens: ServiceAccountTokens;
  reach: NodeReach;
  clock: Clock;
  log: Logger;
}

export function accessOf({ dataDir, store, tokens, reach, clock, log }: AccessOptions) {
  const roles = new RoleBook({ store, log });
  const authorizers = [
    mastersAuthorizer,
    healthAuthorizer,
    nodeAuthorizer({ mayRead: (...object) => reach.mayRead(...object) }),
    rbacAuthorizer(roles),
  ];
  return {
    /** A part: it has to be started. */
    roles,
    authenticate: authenticateWith([
      certificateAuthenticator,
      tokenFileAuthenticator({ path: tokenFileIn(dataDir), log }),
      bootstrapTokenAuthenticator({ readSecret: readBootstrapSecret(store), clock }),
      serviceAccountAuthenticator({ tokens, store, clock }),
    ]),
    authorize: authorizeWith(authorizers),
    rulesFor: rulesOf(authorizers),
  };
}
