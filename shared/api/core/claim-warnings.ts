// What a person should know of the spec of a claim that is valid, or of a template of claims.

import type { PersistentVolumeClaimSpec } from 'kubernetes-types/core/v1';
import type { FieldPath } from '../../machinery/index.ts';
import { canonical, quantityOf } from './pod-resource-lists.ts';

/** Bytes come whole. `path` is the spec's. */
export function claimSpecWarnings(
  { resources }: PersistentVolumeClaimSpec | undefined = {},
  path: FieldPath,
): string[] {
  const text = resources?.requests?.storage;
  if (text === undefined || quantityOf(text).isInteger) return [];
  const at = path.child('resources', 'requests').key('storage');
  return [`${at}: fractional byte value "${canonical(text)}" is invalid, must be an integer`];
}
