// JSON as CEL sees it, by its schema: whole numbers are int, times are timestamps, names that CEL cannot spell are escaped.

import { Duration } from '@marcbachmann/cel-js/evaluator';
import { isRecord, parseDuration } from '../../../machinery/index.ts';
import { itemsOf, type JsonSchemaProps, propertyOf, valuesOf } from '../json-schema.ts';
import { noteHeld, noteKeys } from './keyed-list.ts';

const keywords = new Set([
  'true',
  'false',
  'null',
  'in',
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
]);

/** The name of a property in a rule: `a-b` is `a__dash__b`, `namespace` is `__namespace__`. */
export function escapedName(name: string): string {
  if (keywords.has(name)) return `__${name}__`;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}

/** Maps stand for objects too: a Map has no prototype. */
export function celValue(value: unknown, schema: JsonSchemaProps | undefined): unknown {
  if (Array.isArray(value)) {
    const items = schema && itemsOf(schema);
    const list = value.map((item) => celValue(item, items));
    if (schema) noteKeys(list, schema, escapedName);
    return list;
  }
  if (isRecord(value)) return celMap(value, schema);
  if (typeof value === 'number')
    return schema?.type !== 'number' && Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value === 'string') return celText(value, schema?.format);
  return value ?? null;
}

function celMap(value: Record<string, unknown>, schema: JsonSchemaProps | undefined): Map<string, unknown> {
  const result = new Map<string, unknown>();
  const values = schema && valuesOf(schema);
  for (const [key, field] of Object.entries(value)) {
    const property = schema && propertyOf(schema, key);
    // Names of properties are escaped, keys of maps are text.
    const name = property || (schema && !values && schema.properties) ? escapedName(key) : key;
    result.set(name, celValue(field, property ?? values));
  }
  if (schema) noteHeld(result);
  return result;
}

function celText(value: string, format: string | undefined): unknown {
  switch (format) {
    case 'date':
    case 'date-time':
    case 'datetime': {
      const time = new Date(format === 'date' ? `${value}T00:00:00Z` : value);
      return Number.isNaN(time.getTime()) ? value : time;
    }
    case 'duration':
      return durationOf(value);
    case 'byte':
      return new Uint8Array(Buffer.from(value, 'base64'));
    default:
      return value;
  }
}

/** What is none is left as it is: the format's own check says so. */
function durationOf(value: string): unknown {
  try {
    return Duration.fromMilliseconds(parseDuration(value));
  } catch {
    return value;
  }
}
