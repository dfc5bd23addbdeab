// Paths inside a volume may not lead out of it.

import { type FieldError, type FieldPath, faults } from '../../../machinery/index.ts';

export function noBacksteps(target: string, path: FieldPath): FieldError[] {
  return target.split('/').includes('..') ? [faults.invalid(path, target, "must not contain '..'")] : [];
}

/** Relative, and never up. */
export function descending(target: string, path: FieldPath): FieldError[] {
  const absolute = target.startsWith('/') ? [faults.invalid(path, target, 'must be a relative path')] : [];
  return [...absolute, ...noBacksteps(target, path)];
}

/** Descending, and free of names like `..data`, which the kubelet's atomic writer uses itself. */
export function descendingUnreserved(target: string, path: FieldPath): FieldError[] {
  const reserved =
    target.startsWith('..') && !target.startsWith('../')
      ? [faults.invalid(path, target, "must not start with '..'")]
      : [];
  // `..` alone is said twice, as upstream does.
  return [...descending(target, path), ...reserved];
}

/** Permission bits of a file, octal 0 to 0777. */
export function fileMode(mode: number | undefined, path: FieldPath): FieldError[] {
  if (mode === undefined || (mode >= 0 && mode <= 0o777)) return [];
  return [faults.invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive')];
}
