// Fills in what a structural schema has defaults for (k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting), and
// drops nulls where null is not a value. In place; filling in twice changes nothing more.

import { isRecord, mutableCopy, ownField, setField } from '../../../machinery/index.ts';
import { itemsOf, type JsonSchemaProps, propertyOf, valuesOf } from '../json-schema.ts';

export function fillDefaults(value: unknown, schema: JsonSchemaProps): void {
  fill(value, schema);
  dropNulls(value, schema);
}

function fill(value: unknown, schema: JsonSchemaProps): void {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (!items) return;
    value.forEach((item, index) => {
      if (isStrayNull(item, items) && items.default !== undefined) value[index] = mutableCopy(items.default);
      fill(value[index], items);
    });
    return;
  }
  if (!isRecord(value)) return;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.default === undefined) continue;
    if (!Object.hasOwn(value, name) || isStrayNull(ownField(value, name), property))
      setField(value, name, mutableCopy(property.default));
  }
  const values = valuesOf(schema);
  for (const key of Object.keys(value)) {
    const inner = propertyOf(schema, key) ?? values;
    if (!inner) continue;
    if (inner.default !== undefined && isStrayNull(value[key], inner))
      setField(value, key, mutableCopy(inner.default));
    fill(value[key], inner);
  }
}

function dropNulls(value: unknown, schema: JsonSchemaProps): void {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (items) for (const item of value) dropNulls(item, items);
    return;
  }
  if (!isRecord(value)) return;
  const values = valuesOf(schema);
  for (const key of Object.keys(value)) {
    const inner = propertyOf(schema, key) ?? values;
    if (!inner) continue;
    if (isStrayNull(value[key], inner) && inner.default === undefined) delete value[key];
    else dropNulls(value[key], inner);
  }
}

/** A null where the schema does not allow one. */
function isStrayNull(value: unknown, schema: JsonSchemaProps): boolean {
  return value === null && schema.nullable !== true;
}

/** Whether the schema (or one within it) has a default: if not, there is nothing to fill in. */
export function hasDefaults(schema: JsonSchemaProps): boolean {
  return (
    schema.default !== undefined ||
    [itemsOf(schema), valuesOf(schema), ...Object.values(schema.properties ?? {})].some(
      (inner) => inner !== undefined && hasDefaults(inner),
    )
  );
}
