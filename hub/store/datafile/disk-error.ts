// What the disk refuses, as an error of the store.

import { diskReason } from '../../../shared/base/index.ts';
import { StoreError } from '../store.ts';

/** `doing` what to `path` failed: an 'unusable' with the cause. A StoreError passes as it is. */
export function unusable(doing: string, path: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  return new StoreError('unusable', `cannot ${doing} ${path}: ${diskReason(cause)}`, undefined, { cause });
}
