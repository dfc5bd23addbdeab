// Equality of JSON values.

/** Same JSON, whatever the order of keys. A key that is `undefined` counts as absent. */
export function deepEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left)) return Array.isArray(right) && sameItems(left, right);
  return !Array.isArray(right) && sameFields(left, right);
}

function sameItems(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((item, position) => deepEqual(item, right[position]));
}

function sameFields(left: object, right: object): boolean {
  const fields = new Map(Object.entries(right));
  let common = 0;
  for (const [key, value] of Object.entries(left)) {
    if (value === undefined) continue;
    if (!fields.has(key) || !deepEqual(value, fields.get(key))) return false;
    common += 1;
  }
  return common === fields.size || common === definedFields(right);
}

function definedFields(object: object): number {
  return Object.values(object).filter((value) => value !== undefined).length;
}
