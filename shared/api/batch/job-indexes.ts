// Jobs whose pods have an index each (KEP-2214, KEP-3850): how many there may be, and how many may fail.

import type { JobSpec } from 'kubernetes-types/batch/v1';
import { type FieldError, type FieldPath, faults } from '../../machinery/index.ts';

const completionModes = ['NonIndexed', 'Indexed'];
const most = 100_000;
/** With more than `most` completions. */
const mostOfMany = 10_000;

export function isIndexed({ completionMode }: JobSpec): boolean {
  return completionMode === 'Indexed';
}

export function validateIndexes(spec: JobSpec, path: FieldPath): FieldError[] {
  switch (spec.completionMode) {
    case 'Indexed':
      return validateIndexed(spec, path);
    case 'NonIndexed':
    case undefined:
      return validateNotIndexed(spec, path);
    default:
      return [faults.notSupported(path.child('completionMode'), spec.completionMode, completionModes)];
  }
}

function validateNotIndexed(spec: JobSpec, path: FieldPath): FieldError[] {
  return (['backoffLimitPerIndex', 'maxFailedIndexes'] as const).flatMap((field) =>
    spec[field] === undefined
      ? []
      : [faults.invalid(path.child(field), spec[field], 'requires indexed completion mode')],
  );
}

function validateIndexed(spec: JobSpec, path: FieldPath): FieldError[] {
  const { completions, parallelism = 0, maxFailedIndexes } = spec;
  const found: FieldError[] = [];
  if (completions === undefined) {
    found.push(faults.required(path.child('completions'), 'when completion mode is Indexed'));
  }
  if (parallelism > most) {
    const detail = `must be less than or equal to ${most} when completion mode is Indexed`;
    found.push(faults.invalid(path.child('parallelism'), parallelism, detail));
  }
  if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions) {
    const detail = 'must be less than or equal to completions';
    found.push(faults.invalid(path.child('maxFailedIndexes'), maxFailedIndexes, detail));
  }
  if (maxFailedIndexes !== undefined && maxFailedIndexes > most) {
    const detail = `must be less than or equal to ${most}`;
    found.push(faults.invalid(path.child('maxFailedIndexes'), maxFailedIndexes, detail));
  }
  return [...found, ...validateMany(spec, path)];
}

function validateMany(spec: JobSpec, path: FieldPath): FieldError[] {
  const { completions = 0, parallelism = 0, maxFailedIndexes, backoffLimitPerIndex } = spec;
  if (completions <= most || backoffLimitPerIndex === undefined) return [];
  const at = path.child('maxFailedIndexes');
  const detail = `must be less than or equal to ${mostOfMany} when completions are above ${most} and used with backoff limit per index`;
  const found: FieldError[] = [];
  if (maxFailedIndexes === undefined) {
    found.push(faults.required(at, `must be specified when completions is above ${most}`));
  }
  if (parallelism > mostOfMany) found.push(faults.invalid(path.child('parallelism'), parallelism, detail));
  if (maxFailedIndexes !== undefined && maxFailedIndexes > mostOfMany) {
    found.push(faults.invalid(at, maxFailedIndexes, detail));
  }
  return found;
}
