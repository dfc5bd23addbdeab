// Whether a schema is one that a custom resource may have: supported, structural, with defaults that fit, and rules that compile.

import { type FieldError, type FieldPath, faults, type SchemaSet } from '../../../machinery/index.ts';
import type { JsonSchemaProps } from '../json-schema.ts';
import { defaultsFaults } from './default-validation.ts';
import { isExpressible, supportFaults } from './schema-support.ts';
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
  { hasStatus, known, schemas }: { hasStatus: boolean; known: boolean; schemas: SchemaSet },
): Promise<FieldError[]> {
  const found = hasStatus ? rootFaults(schema, path) : [];
  if (schema.nullable)
    found.push(faults.forbidden(path.child('nullable'), 'nullable cannot be true at the root'));
  // Where it is none, what is not supported says why.
  const structure = isExpressible(schema) ? structureFaults(schema, path) : [];
  const rules = hasRules(schema) ? await import('../cel/index.ts') : undefined;
  const shape =
    structure.length > 0 ? structure : defaultsFaults(schema, path, { schemas, rules: rules?.ruleChecker });
  const support = supportFaults(schema, path);
  found.push(...shape, ...support);
  if (rules && !known && shape.length === 0 && support.length === 0)
    found.push(...rules.ruleFaults(schema, path));
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
