// What a service account's token says: the claims of upstream's bound tokens (KEP-1205), and of the older ones that live in
// Secrets (pkg/serviceaccount/legacy.go).

import { accountUserName, type Secret, type ServiceAccount } from '../../../shared/api/index.ts';
import { isRecord, type JsonObject, type Live } from '../../../shared/machinery/index.ts';

export interface ObjectClaim {
  name: string;
  /** Of a node that is not there, only the name is known. */
  uid?: string;
}

/** Times are seconds since the epoch. */
export interface BoundClaims {
  type: 'bound';
  audiences: string[];
  issuedAt: number;
  notBefore: number;
  expires: number;
  /** Names this very token. */
  id: string;
  namespace: string;
  account: ObjectClaim;
  pod?: ObjectClaim;
  secret?: ObjectClaim;
  node?: ObjectClaim;
  /** After this time its use is worth a warning: it was to be renewed. */
  warnAfter?: number;
}

/** Lives as long as its Secret. */
export interface LegacyClaims {
  type: 'legacy';
  namespace: string;
  account: Required<ObjectClaim>;
  secret: string;
}

export const issuer = 'https://kubernetes.default.svc.cluster.local';
const legacyIssuer = 'kubernetes/serviceaccount';
const legacy = {
  namespace: 'kubernetes.io/serviceaccount/namespace',
  secret: 'kubernetes.io/serviceaccount/secret.name',
  account: 'kubernetes.io/serviceaccount/service-account.name',
  uid: 'kubernetes.io/serviceaccount/service-account.uid',
};

/** Of a token that is kept in the Secret. */
export function secretClaims(account: Live<ServiceAccount>, { metadata }: Live<Secret>): LegacyClaims {
  const { name, namespace = '', uid } = account.metadata;
  return { type: 'legacy', namespace, account: { name, uid }, secret: metadata.name };
}

/** As they stand in the token. */
export function writeClaims(claims: BoundClaims | LegacyClaims): JsonObject {
  const { namespace, account } = claims;
  const sub = accountUserName(namespace, account.name);
  if (claims.type === 'legacy') {
    return {
      iss: legacyIssuer,
      [legacy.namespace]: namespace,
      [legacy.secret]: claims.secret,
      [legacy.account]: account.name,
      [legacy.uid]: account.uid,
      sub,
    };
  }
  const { audiences, expires, issuedAt, notBefore, id, pod, secret, node, warnAfter } = claims;
  return {
    aud: audiences,
    exp: expires,
    iat: issuedAt,
    iss: issuer,
    jti: id,
    'kubernetes.io': {
      namespace,
      ...(node && { node }),
      ...(pod && { pod }),
      ...(secret && { secret }),
      serviceaccount: account,
      ...(warnAfter !== undefined && { warnafter: warnAfter }),
    },
    nbf: notBefore,
    sub,
  };
}

/** Undefined: these are no claims of ours. */
export function readClaims(claims: JsonObject): BoundClaims | LegacyClaims | undefined {
  if (claims.iss === issuer) return readBound(claims);
  return claims.iss === legacyIssuer ? readLegacy(claims) : undefined;
}

function readBound(claims: JsonObject): BoundClaims | undefined {
  const { aud, exp, iat, nbf, jti } = claims;
  const own = claims['kubernetes.io'];
  if (!isRecord(own) || !isNumber(exp) || !isNumber(iat) || !isNumber(nbf) || !isTexts(aud)) return undefined;
  const account = objectClaim(own.serviceaccount);
  if (!isText(own.namespace) || !account?.uid || !isText(jti)) return undefined;
  const [pod, secret, node] = [own.pod, own.secret, own.node].map(objectClaim);
  return {
    type: 'bound',
    audiences: aud,
    issuedAt: iat,
    notBefore: nbf,
    expires: exp,
    id: jti,
    namespace: own.namespace,
    account,
    ...(pod && { pod }),
    ...(secret && { secret }),
    ...(node && { node }),
    ...(isNumber(own.warnafter) && { warnAfter: own.warnafter }),
  };
}

function readLegacy(claims: JsonObject): LegacyClaims | undefined {
  const [namespace, secret, name, uid] = [legacy.namespace, legacy.secret, legacy.account, legacy.uid].map(
    (claim) => claims[claim],
  );
  if (!isText(namespace) || !isText(secret) || !isText(name) || !isText(uid)) return undefined;
  return { type: 'legacy', namespace, secret, account: { name, uid } };
}

function objectClaim(value: unknown): ObjectClaim | undefined {
  if (!isRecord(value) || !isText(value.name)) return undefined;
  return { name: value.name, ...(isText(value.uid) && { uid: value.uid }) };
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
