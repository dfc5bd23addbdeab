// Whether a rule fits the types of its schema. Only what is certain is told: two values of simple types that no operator or
// function takes together, a field of what has none. Of everything else the running rule says so.

import { TypeError as CelTypeError, type Environment } from '@marcbachmann/cel-js';
import { itemsOf, type JsonSchemaProps, valuesOf } from '../json-schema.ts';
import { celEnvironment } from './environment.ts';
import { issueText } from './issue-text.ts';
import { parseExpression } from './parse.ts';
import { escapedName } from './values.ts';

const simple = new Set(['int', 'double', 'string', 'bool', 'bytes', 'google.protobuf.Timestamp']);
simple.add('google.protobuf.Duration');

/** The language with `self` and `oldSelf` of the types that the schema says. */
export function typedEnvironment(schema: JsonSchemaProps, optionalOldSelf: boolean): Environment {
  const environment = celEnvironment();
  const type = typeOf(environment, schema, 'self');
  return environment
    .registerVariable('self', type)
    .registerVariable('oldSelf', optionalOldSelf ? `optional<${type}>` : type);
}

/** What is certainly wrong, in the words of cel-go, or of what type its answer is: `dyn` where nobody knows. */
export function typedCheck(
  environment: Environment,
  expression: string,
): { fault: string } | { type: string } {
  const program = parseExpression(environment, expression);
  const { error, type = 'dyn' } = program.check();
  if (!error) return { type };
  if (!(error instanceof CelTypeError) || !isCertain(error)) return { type: 'dyn' };
  const names = environment.getDefinitions().functions.map(({ name }) => name);
  return { fault: issueText(expression, error, new Set(names)) };
}

function isCertain({ code, summary, node }: CelTypeError): boolean {
  if (code === 'cannot_index_type') return node?.op === '.' && simple.has(/'(.+)'/.exec(summary)?.[1] ?? '');
  if (code === 'no_such_overload') {
    const [, left = '', right = ''] = /^no such overload: (\S+) \S+ (\S+)$/.exec(summary) ?? [];
    return simple.has(left) && simple.has(right);
  }
  if (code !== 'no_matching_overload') return false;
  const [, receiver, given = ''] = /'(?:(.+)\.)?\w+\((.*)\)'/.exec(summary) ?? [];
  const types = given === '' ? [] : given.split(', ');
  return (
    receiver !== undefined &&
    simple.has(receiver) &&
    types.length > 0 &&
    types.every((type) => simple.has(type))
  );
}

function typeOf(environment: Environment, schema: JsonSchemaProps, name: string): string {
  if (schema['x-kubernetes-int-or-string'] || schema.nullable) return 'dyn';
  switch (schema.type) {
    case 'integer':
      return 'int';
    case 'number':
      return 'double';
    case 'boolean':
      return 'bool';
    case 'string':
      return ofText(schema.format);
    case 'array': {
      const items = itemsOf(schema);
      return `list<${items ? typeOf(environment, items, `${name}.items`) : 'dyn'}>`;
    }
    case 'object':
      return ofObject(environment, schema, name);
    default:
      return 'dyn';
  }
}

function ofText(format: string | undefined): string {
  switch (format) {
    case 'date':
    case 'date-time':
    case 'datetime':
      return 'google.protobuf.Timestamp';
    case 'duration':
      return 'google.protobuf.Duration';
    case 'byte':
      return 'bytes';
    default:
      return 'string';
  }
}

function ofObject(environment: Environment, schema: JsonSchemaProps, name: string): string {
  const values = valuesOf(schema);
  if (values) return `map<string, ${typeOf(environment, values, `${name}.values`)}>`;
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] || schema['x-kubernetes-embedded-resource'];
  if (!schema.properties || isOpen || schema.additionalProperties === true) return 'dyn';
  const fields: Record<string, string> = {};
  for (const [property, inner] of Object.entries(schema.properties)) {
    const field = escapedName(property);
    // What no rule can spell no rule can name.
    if (/^\w+$/.test(field)) fields[field] = typeOf(environment, inner, `${name}.${field}`);
  }
  environment.registerType({ name, fields });
  return name;
}
