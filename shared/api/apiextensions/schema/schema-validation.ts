// Whether a schema is one that a custom resource may have: supported, structural, with defaults that fit, and rules that compile.

import { type FieldError, type FieldPath, faults } from '../../../machinery/index.ts';
import type { JsonSchemaProps } from '../json-schema.ts';
import { defaultsFaults } from './default-validation.ts';
import { supportFaults } from './schema-support.ts';
import { structureFaults } from './structural.ts';

/** What may stand at the root where status is a subresource: the schema of status is checked by itself then. */
const allowedAtRoot = [
  'description',
  'type',
  'format',
  'title',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'pattern',
  'maxItems',
  'minItems',
  'uniqueItems',
  'multipleOf',
  'required',
  'items',
  'properties',
  'externalDocs',
  'example',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-validations',
];

/**
 * Everything that is wrong with the schema of one version. `known`: it was there before, and its rules with it: what they
 * may cost and name was looked at then.
 */
export async function schemaFaults(
  schema: JsonSchemaProps,
  path: FieldPath,
  { hasStatus, known }: { hasStatus: boolean; known: boolean },
): Promise<FieldError[]> {
  const support = supportFaults(schema, path);
  const found = [...(hasStatus ? rootFaults(schema, path) : []), ...support];
  if (schema.nullable)
    found.push(faults.forbidden(path.child('nullable'), 'nullable cannot be true at the root'));
  if (!known && hasRules(schema)) {
    const { ruleFaults } = await import('../cel/rule-validation.ts');
    found.push(...ruleFaults(schema, path));
  }
  // What no structural schema can express has been said already.
  if (support.some(({ text }) => text.includes('is not supported'))) return found;
  const structure = structureFaults(schema, path);
  found.push(...structure);
  if (structure.length === 0) found.push(...defaultsFaults(schema, path));
  return found;
}

function rootFaults(schema: JsonSchemaProps, path: FieldPath): FieldError[] {
  const forbidden = Object.keys(schema).filter((field) => !allowedAtRoot.includes(field));
  if (schema.type && schema.type !== 'object') {
    const detail =
      'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    return [faults.invalid(path.child('type'), schema.type, detail)];
  }
  if (forbidden.length === 0) return [];
  const names = allowedAtRoot.map(goFieldName).join(' ');
  const detail = `only [${names}] fields are allowed at the root of the schema if the status subresource is enabled`;
  return [faults.invalid(path, schema, detail)];
}

function goFieldName(field: string): string {
  const short = field.replace('x-kubernetes-', 'x-');
  return short
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

/** Whether the schema, or one within it, has rules in CEL. */
export function hasRules(schema: JsonSchemaProps): boolean {
  return /"x-kubernetes-validations"/.test(JSON.stringify(schema));
}
