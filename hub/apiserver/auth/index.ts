export { type Authenticate, type Authenticator, anonymous, authenticateWith } from './authenticate.ts';
export {
  type Authorize,
  type Authorizer,
  authorizeWith,
  healthAuthorizer,
  mastersAuthorizer,
} from './authorize.ts';
export { bootstrapTokenAuthenticator } from './bootstrap-token.ts';
export { certificateAuthenticator } from './certificate.ts';
export { impersonate, impersonationOf } from './impersonation.ts';
export { nodeAuthorizer, nodeOf } from './node.ts';
export { type AllowedRules, type RulesFor, rulesOf, type SubjectRules } from './rules.ts';
export { parseTokenFile, tokenFileAuthenticator } from './token-file.ts';
