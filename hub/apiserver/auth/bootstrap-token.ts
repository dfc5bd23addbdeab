// Bootstrap tokens, as kubeadm's: Secrets `bootstrap-token-<id>` of type bootstrap.kubernetes.io/token in kube-system.
// They are good for joining a node until they expire, and for nothing else.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../../shared/api/index.ts';
import type { Clock } from '../../../shared/base/index.ts';
import { parseBootstrapToken } from '../../../shared/pki/index.ts';
import type { Authenticator } from './authenticate.ts';

export interface BootstrapTokenOptions {
  /** Reads a Secret of kube-system; undefined: there is none of that name. */
  readSecret(name: string): Promise<Secret | undefined>;
  clock: Clock;
}

const bootstrappers = 'system:bootstrappers';

export function bootstrapTokenAuthenticator({ readSecret, clock }: BootstrapTokenOptions): Authenticator {
  return {
    name: 'bootstrap-token',
    async authenticate({ token }) {
      const parsed = token === undefined ? undefined : parseBootstrapToken(token);
      if (!parsed) return undefined;
      const secret = await readSecret(`bootstrap-token-${parsed.id}`);
      if (secret?.type !== 'bootstrap.kubernetes.io/token') return undefined;
      const field = (name: string) => Buffer.from(secret.data?.[name] ?? '', 'base64').toString();
      if (field('token-id') !== parsed.id || !sameText(field('token-secret'), parsed.secret))
        return undefined;
      if (field('usage-bootstrap-authentication') !== 'true') return undefined;
      const expiration = field('expiration');
      if (expiration && !(Date.parse(expiration) > clock.now())) return undefined;
      const extra = field('auth-extra-groups')
        .split(',')
        .filter((group) => group.startsWith(`${bootstrappers}:`));
      return { name: `system:bootstrap:${parsed.id}`, groups: [bootstrappers, ...extra] };
    },
  };
}

/** Compares in constant time, whatever the lengths. */
export function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
