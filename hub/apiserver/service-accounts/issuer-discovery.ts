// How others learn to verify our tokens: OpenID Connect discovery, as far as upstream has it (KEP-1393).

import type { NonResourceHandler } from '../non-resource.ts';
import type { RestAnswer } from '../request.ts';
import { issuer } from './claims.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';

const configurationPath = '/.well-known/openid-configuration';
const keysPath = '/openid/v1/jwks';

export interface IssuerDiscoveryOptions {
  tokens: ServiceAccountTokens;
  /** Where this API is for others, e.g. `https://192.168.1.2:6443`. */
  server: () => string;
}

export function issuerDiscovery({ tokens, server }: IssuerDiscoveryOptions): NonResourceHandler[] {
  const configuration = () => ({
    issuer,
    jwks_uri: `${server()}${keysPath}`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  });
  return [
    document(configurationPath, 'application/json', configuration),
    document(keysPath, 'application/jwk-set+json', () => tokens.keySet()),
  ];
}

function document(path: string, contentType: string, make: () => object): NonResourceHandler {
  return {
    prefix: path,
    paths: [path],
    async handle({ verb, path: asked }): Promise<RestAnswer | undefined> {
      if (asked !== path || !['get', 'head'].includes(verb)) return undefined;
      const headers = { 'Cache-Control': 'public, max-age=3600' };
      return { type: 'bytes', code: 200, body: Buffer.from(JSON.stringify(make())), contentType, headers };
    },
  };
}
