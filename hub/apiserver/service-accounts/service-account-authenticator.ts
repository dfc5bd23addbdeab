// Service accounts by their tokens. A token is good while everything that it names is there: the account, and the pod,
// Secret or node that it is bound to (upstream's pkg/serviceaccount/claims.go and legacy.go).

import {
  accountGroups,
  accountUserName,
  nodes,
  pods,
  type Resource,
  secrets,
  serviceaccounts,
} from '../../../shared/api/index.ts';
import type { Clock } from '../../../shared/base/index.ts';
import { type KubeObject, type Live, parseTime } from '../../../shared/machinery/index.ts';
import type { Store } from '../../store/index.ts';
import type { Authenticator } from '../auth/index.ts';
import { ObjectReader } from '../object-reader.ts';
import type { UserInfo } from '../request.ts';
import { type BoundClaims, issuer, type LegacyClaims, type ObjectClaim } from './claims.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';

export interface ServiceAccountAuthenticatorOptions {
  tokens: ServiceAccountTokens;
  store: Store;
  clock: Clock;
}

/** So long after its deletion time an object still counts as there: what shuts down may say good-bye. */
const leewayMs = 60_000;

/** Whom a token of this API is for. */
export const apiAudiences: readonly string[] = [issuer];

export function serviceAccountAuthenticator(options: ServiceAccountAuthenticatorOptions): Authenticator {
  const { tokens, clock } = options;
  const reader = new ObjectReader(options);

  return {
    name: 'service-account',
    async authenticate({ token, audiences = apiAudiences }) {
      const claims = token === undefined ? undefined : tokens.read(token);
      if (token === undefined || !claims) return undefined;
      const good = claims.type === 'bound' ? await isGood(claims, audiences) : await isKept(claims, token);
      return good && (await isThere(serviceaccounts, claims.account, claims.namespace))
        ? userOf(claims)
        : undefined;
    },
  };

  async function isGood(claims: BoundClaims, audiences: readonly string[]): Promise<boolean> {
    const now = clock.now() / 1000;
    if (now >= claims.expires || now < claims.notBefore - leewayMs / 1000) return false;
    if (!claims.audiences.some((audience) => audiences.includes(audience))) return false;
    const { pod, secret, node, namespace } = claims;
    if (pod) return isThere(pods, pod, namespace);
    if (secret) return isThere(secrets, secret, namespace);
    return !node || isThere(nodes, node);
  }

  /** Whether its Secret still holds the token. */
  async function isKept({ namespace, secret: name }: LegacyClaims, token: string): Promise<boolean> {
    const secret = await reader.get(secrets, { namespace, name });
    if (!secret || secret.metadata.deletionTimestamp) return false;
    return secret.data?.token === Buffer.from(token).toString('base64');
  }

  async function isThere<T extends KubeObject>(
    resource: Resource<T>,
    { name, uid }: ObjectClaim,
    namespace?: string,
  ): Promise<boolean> {
    const found = await reader.get(resource, { name, ...(namespace !== undefined && { namespace }) });
    return found !== undefined && found.metadata.uid === uid && !isLongGone(found, clock.now());
  }
}

function isLongGone({ metadata }: Live, now: number): boolean {
  const gone = parseTime(metadata.deletionTimestamp ?? '');
  return gone !== undefined && gone < now - leewayMs;
}

function userOf(claims: BoundClaims | LegacyClaims): UserInfo {
  const { namespace, account } = claims;
  const extra = claims.type === 'bound' ? extraOf(claims) : undefined;
  return {
    name: accountUserName(namespace, account.name),
    ...(account.uid && { uid: account.uid }),
    groups: accountGroups(namespace),
    ...(extra && { extra }),
  };
}

function extraOf({ id, pod, node }: BoundClaims): Record<string, string[]> {
  const prefix = 'authentication.kubernetes.io/';
  return {
    [`${prefix}credential-id`]: [`JTI=${id}`],
    ...(node && { [`${prefix}node-name`]: [node.name] }),
    ...(node?.uid && { [`${prefix}node-uid`]: [node.uid] }),
    ...(pod && { [`${prefix}pod-name`]: [pod.name] }),
    ...(pod?.uid && { [`${prefix}pod-uid`]: [pod.uid] }),
  };
}
