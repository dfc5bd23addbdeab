// Numbers that may also be a share: `maxUnavailable: 1` or `25%`. As k8s.io/apimachinery/pkg/util/intstr.

import { type FieldError, type FieldPath, faults } from './field.ts';
import { goIntOrString } from './go-text.ts';
import { percent } from './names.ts';

export type IntOrString = number | string;

/** The share of `25%`, 25; undefined for anything else. */
export function percentOf(value: IntOrString | undefined): number | undefined {
  if (typeof value !== 'string' || percent(value).length > 0) return undefined;
  return Number(value.slice(0, -1));
}

/** The number that is meant, a share taken of `total`. Throws an Error for a text that is no percentage. */
export function resolveIntOrPercent(value: IntOrString, total: number, rounding: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const share = percentOf(value);
  if (share === undefined) {
    throw new Error('invalid value for IntOrString: invalid type: string is not a percentage');
  }
  const exact = (share * total) / 100;
  return rounding === 'up' ? Math.ceil(exact) : Math.floor(exact);
}

/** A number that is not negative, or a percentage (`101%` and more too: see `validateAtMostAll`). */
export function validateIntOrPercent(value: IntOrString, path: FieldPath): FieldError[] {
  if (typeof value === 'string')
    return percent(value).map((text) => faults.invalid(path, goIntOrString(value), text));
  if (Number.isInteger(value) && value >= 0) return [];
  return [faults.invalid(path, value, 'must be greater than or equal to 0')];
}

/** A percentage must not be more than 100. */
export function validateAtMostAll(value: IntOrString, path: FieldPath): FieldError[] {
  if ((percentOf(value) ?? 0) <= 100) return [];
  return [faults.invalid(path, goIntOrString(value), 'must not be greater than 100%')];
}
