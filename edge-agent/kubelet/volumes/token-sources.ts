// The tokens that a pod's volumes ask for. Pure.

import type { Pod } from '../../../shared/api/index.ts';

export interface TokenSource {
  audience?: string;
  expirationSeconds?: number;
}

const defaultSeconds = 3600;

/** Two sources that ask for the same get the same token. */
export function tokenKey({ audience = '', expirationSeconds = defaultSeconds }: TokenSource): string {
  return `${expirationSeconds} ${audience}`;
}

/** Each once. */
export function tokenSources({ spec }: Pod): TokenSource[] {
  const found = new Map<string, TokenSource>();
  for (const { projected } of spec?.volumes ?? []) {
    for (const { serviceAccountToken: source } of projected?.sources ?? []) {
      if (source) found.set(tokenKey(source), source);
    }
  }
  return [...found.values()];
}

export interface HeldToken {
  token: string;
  /** Milliseconds since the epoch, by this board's clock. */
  takenAt: number;
  /** Milliseconds. */
  lifetime: number;
}

/** No token is used for longer than this, however long it lives. */
const longestUse = 24 * 3600 * 1000;
const share = 0.8;

/** Milliseconds until a new one is to be asked for: at 80 % of its life. A clock that went back tells nothing: now. */
export function untilRenewal({ takenAt, lifetime }: HeldToken, now: number): number {
  const age = now - takenAt;
  return age < 0 ? 0 : Math.max(0, Math.min(lifetime * share, longestUse) - age);
}
