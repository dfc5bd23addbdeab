// How large what a schema allows can be, where a request has a largest size (k8s.io/apiserver/pkg/cel/common/schemas.go).

import { itemsOf, type JsonSchemaProps, valuesOf } from '../../json-schema.ts';

/** Bytes of the largest request. */
const requestBytes = 3 * 1024 * 1024;
/** Without the brackets around it. */
const mostContent = requestBytes - 2;
const dateBytes = 12;
const timeBytes = { least: 21, most: 32 };
const durationBytes = { least: 3, most: 32 };

/** Elements of a list or map, characters of a text; 0 for what has no size. */
export function mostElements(schema: JsonSchemaProps): number {
  if (schema['x-kubernetes-int-or-string']) return textLength(schema);
  const items = itemsOf(schema);
  const values = valuesOf(schema);
  if (schema.type === 'array' && items)
    return limit(schema.maxItems) ?? Math.floor(mostContent / (leastBytes(items) + 1));
  if (schema.type === 'object' && values)
    return limit(schema.maxProperties) ?? Math.floor(mostContent / (leastBytes(values) + 6));
  return schema.type === 'string' ? stringLength(schema) : 0;
}

function stringLength(schema: JsonSchemaProps): number {
  switch (schema.format) {
    case 'duration':
      return durationBytes.most;
    case 'date':
      return dateBytes;
    case 'date-time':
      return timeBytes.most;
    case 'byte':
      return limit(schema.maxLength) ?? mostContent;
    default:
      return textLength(schema);
  }
}

/** A character has up to four bytes. */
function textLength({ maxLength, enum: values }: JsonSchemaProps): number {
  if (maxLength !== undefined) return Math.max(0, maxLength) * 4;
  if (!values?.length) return mostContent;
  return Math.max(...values.map((value) => (typeof value === 'string' ? Buffer.byteLength(value) : 0)));
}

function limit(most: number | undefined): number | undefined {
  return most === undefined ? undefined : Math.max(0, most);
}

/** Bytes of the shortest JSON of it. */
export function leastBytes(schema: JsonSchemaProps): number {
  if (schema['x-kubernetes-int-or-string']) return 1;
  switch (schema.type) {
    case 'array':
      return 2;
    case 'object':
      return valuesOf(schema) ? 2 : leastObjectBytes(schema);
    case 'boolean':
      return 4;
    case 'string':
      return leastStringBytes(schema.format);
    default:
      return 1;
  }
}

function leastStringBytes(format: string | undefined): number {
  switch (format) {
    case 'duration':
      return durationBytes.least;
    case 'date':
      return dateBytes;
    case 'date-time':
      return timeBytes.least;
    default:
      return 2;
  }
}

/** Of its required fields, those that have no default. */
function leastObjectBytes({ properties = {}, required = [] }: JsonSchemaProps): number {
  return Object.entries(properties).reduce(
    (sum, [name, property]) =>
      required.includes(name) && property.default === undefined
        ? sum + Buffer.byteLength(name) + leastBytes(property) + 4
        : sum,
    2,
  );
}

/** How often it may be in one request, where nothing around it says less. */
export function mostTimes(schema: JsonSchemaProps): number {
  return Math.floor(requestBytes / (leastBytes(schema) + 1));
}

/** By how much it multiplies what is in it; undefined: nobody says. */
export function multiplies(schema: JsonSchemaProps): number | undefined {
  if (schema.type === 'array') return limit(schema.maxItems);
  if (schema.type === 'object' && valuesOf(schema)) return limit(schema.maxProperties);
  return 1;
}
