// What is wrong with a reference to an object by kind and name.

import type { CrossVersionObjectReference } from 'kubernetes-types/autoscaling/v2';
import { type FieldError, type FieldPath, faults, pathSegmentName } from '../../machinery/index.ts';

export function validateReference(reference: CrossVersionObjectReference, path: FieldPath): FieldError[] {
  return (['kind', 'name'] as const).flatMap((field) => {
    const value = reference[field] ?? '';
    if (value === '') return [faults.required(path.child(field))];
    return pathSegmentName(value).map((text) => faults.invalid(path.child(field), value, text));
  });
}
