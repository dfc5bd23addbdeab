// Short names for contents: the pod-template-hash, and the random end of a generated name. The alphabet is upstream's
// (k8s.io/apimachinery/pkg/util/rand): no vowels, so that no words come out.

import { inKeyOrder } from './json-object.ts';

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** `{}` of absent and undefined fields is the same; the order of keys does not matter. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) => {
    if (typeof field !== 'object' || field === null || Array.isArray(field)) return field;
    return inKeyOrder(Object.entries(field));
  });
}

/** FNV-1a, 32 bit, of the text's UTF-8 bytes. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/**
 * A short hash of a JSON value that is safe in names and labels, e.g. `5b9c6f8f7d`. `collisionCount` gives another one
 * for the same value, for when a name is taken by something else.
 */
export function stableHash(value: unknown, collisionCount = 0): string {
  const salt = collisionCount === 0 ? '' : `#${collisionCount}`;
  return [...String(fnv1a(canonicalJson(value) + salt))]
    .map((digit) => alphabet.charAt(digit.charCodeAt(0) % alphabet.length))
    .join('');
}

/** `length` random characters. `random` answers numbers from 0 up to 1. */
export function randomSuffix(length = 5, random: () => number = Math.random): string {
  return Array.from({ length }, () => alphabet.charAt(Math.floor(random() * alphabet.length))).join('');
}

/** generateName and a random end, within the 63 characters of a label, as upstream cuts it. */
export function generateName(base: string, random: () => number = Math.random): string {
  return base.slice(0, 58) + randomSuffix(5, random);
}
