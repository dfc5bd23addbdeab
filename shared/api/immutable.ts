// Fields that stay as they were created.

import { deepEqual, type FieldError, type FieldPath, faults } from '../machinery/index.ts';

/** As upstream's ValidateImmutableField. */
export function immutable(next: unknown, old: unknown, path: FieldPath): FieldError[] {
  return deepEqual(next, old) ? [] : [faults.invalid(path, next, 'field is immutable')];
}
