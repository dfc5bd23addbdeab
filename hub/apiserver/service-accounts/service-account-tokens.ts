// Makes and reads the tokens of service accounts, and says to the world by which key they are known.

import { createHash, type KeyObject } from 'node:crypto';
import type { JsonObject } from '../../../shared/machinery/index.ts';
import { type BoundClaims, type LegacyClaims, readClaims, writeClaims } from './claims.ts';
import { keyIdOf, signToken, verifyToken } from './json-web-token.ts';

export interface ServiceAccountTokensOptions {
  /** EC, P-256. */
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** So many tokens are known to be well signed without looking again. */
const mostVerified = 1024;

export class ServiceAccountTokens {
  private readonly options: ServiceAccountTokensOptions;
  private readonly keyId: string;
  /** Digest of the token → its claims; the one used longest ago comes first. */
  private readonly verified = new Map<string, BoundClaims | LegacyClaims>();

  constructor(options: ServiceAccountTokensOptions) {
    this.options = options;
    this.keyId = keyIdOf(options.publicKey);
  }

  sign(claims: BoundClaims | LegacyClaims): string {
    return signToken(writeClaims(claims), this.options.privateKey, this.keyId);
  }

  /** What one of our tokens says; undefined: it is none. Whether that still holds is for the reader to ask. */
  read(token: string): BoundClaims | LegacyClaims | undefined {
    const digest = createHash('sha256').update(token).digest('base64');
    const known = this.verified.get(digest);
    if (known) this.verified.delete(digest);
    const claims = known ?? this.verify(token);
    if (!claims) return undefined;
    this.verified.set(digest, claims);
    const [oldest] = this.verified.keys();
    if (this.verified.size > mostVerified && oldest !== undefined) this.verified.delete(oldest);
    return claims;
  }

  /** The JSON Web Key Set (RFC 7517) by which anybody can verify our tokens. */
  keySet(): JsonObject {
    const { kty, crv, x, y } = this.options.publicKey.export({ format: 'jwk' });
    return { keys: [{ use: 'sig', kty, kid: this.keyId, crv, alg: 'ES256', x, y }] };
  }

  private verify(token: string): BoundClaims | LegacyClaims | undefined {
    const claims = verifyToken(token, this.options.publicKey, this.keyId);
    return claims && readClaims(claims);
  }
}
