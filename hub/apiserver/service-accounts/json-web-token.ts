// JSON Web Tokens (RFC 7519) in compact form, signed with ES256 (RFC 7518) and nothing else.

import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import { isRecord, type JsonObject } from '../../../shared/machinery/index.ts';

const algorithm = 'ES256';
/** r and s side by side, as RFC 7518 wants it. */
const dsaEncoding = 'ieee-p1363';
/** No token that we sign is longer. */
const longest = 16 * 1024;

/** As upstream names its keys: the SHA-256 of the public key's DER. */
export function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
}

export function signToken(claims: JsonObject, key: KeyObject, keyId: string): string {
  const head = `${encode({ alg: algorithm, kid: keyId })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(head), { key, dsaEncoding });
  return `${head}.${signature.toString('base64url')}`;
}

/** The claims of a token that this key has signed; undefined: it is none. Says nothing of its times. */
export function verifyToken(token: string, publicKey: KeyObject, keyId: string): JsonObject | undefined {
  if (token.length > longest) return undefined;
  const [head = '', body = '', signature, ...more] = token.split('.');
  if (signature === undefined || more.length > 0) return undefined;
  const header = decode(head);
  if (header?.alg !== algorithm || header.kid !== keyId) return undefined;
  const bytes = Buffer.from(signature, 'base64url');
  const key = { key: publicKey, dsaEncoding } as const;
  return verify('sha256', Buffer.from(`${head}.${body}`), key, bytes) ? decode(body) : undefined;
}

function encode(value: JsonObject): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(part: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined; // not JSON: a token of somebody else
  }
}
