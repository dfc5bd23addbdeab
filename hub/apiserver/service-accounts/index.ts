export { type BoundClaims, type LegacyClaims, secretClaims } from './claims.ts';
export { issuerDiscovery } from './issuer-discovery.ts';
export { apiAudiences, serviceAccountAuthenticator } from './service-account-authenticator.ts';
export { ServiceAccountTokens } from './service-account-tokens.ts';
