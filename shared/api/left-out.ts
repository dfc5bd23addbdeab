// What Go does not write (`omitempty`): a field that holds it is the same as one that was not sent.

import { type FieldType, isRecord, type ObjectType } from '../machinery/index.ts';

/**
 * Whether nothing is in `field` and it may be missing: zero where it is no pointer; an empty list or map; an empty struct that
 * is always there. Another empty struct says something (`emptyDir: {}`), and so do some lists. A list that must be there is
 * left out too in the types of k8s.io/api: upstream stores those in protobuf, which has no empty lists, and answers null.
 */
export function isLeftOut(
  name: string,
  { required, zero }: ObjectType,
  field: string,
  type: FieldType,
  value: unknown,
): boolean {
  switch (type.type) {
    case 'any':
      return false;
    case 'array':
      return (
        !type.tellsEmpty && Array.isArray(value) && value.length === 0 && mayBeNull(name, required, field)
      );
    case 'map':
      return isEmpty(value) && !required.includes(field);
    case 'ref':
      return isEmpty(value) && isRecord(zero?.[field]) && !required.includes(field);
    default:
      return isZero(value) && !type.pointer && !required.includes(field);
  }
}

function mayBeNull(name: string, required: readonly string[], field: string): boolean {
  return !required.includes(field) || name.startsWith('io.k8s.api.');
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false;
}

function isEmpty(value: unknown): boolean {
  if (!isRecord(value)) return false;
  for (const _ in value) return false;
  return true;
}
