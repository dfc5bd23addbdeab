// How volumes and claims are reached: by how many nodes, and as a directory or as a device.

import { type FieldError, type FieldPath, faults } from '../../machinery/index.ts';
import { oneOf } from './pod-validation/rules.ts';

/** Sorted, as messages show them. */
const accessModes: readonly string[] = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
export const volumeModes: readonly string[] = ['Block', 'Filesystem'];

/** ReadWriteOncePod stands alone. */
export function validateAccessModes(modes: readonly string[], path: FieldPath): FieldError[] {
  const known = modes.filter((mode) => accessModes.includes(mode));
  const found = modes.flatMap((mode) => oneOf(mode, accessModes, path));
  const mixed = known.includes('ReadWriteOncePod') && known.some((mode) => mode !== 'ReadWriteOncePod');
  return mixed
    ? [...found, faults.forbidden(path, 'may not use ReadWriteOncePod with other access modes')]
    : found;
}
