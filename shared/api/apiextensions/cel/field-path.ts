// Where a rule's fault is shown: `.foo.bar['a.b']`, below the place of the rule.

import { FieldPath } from '../../../machinery/index.ts';
import { type JsonSchemaProps, propertyOf, valuesOf } from '../json-schema.ts';

export interface ResolvedPath {
  names: { name: string; isKey: boolean }[];
  fault?: string;
}

export function resolveFieldPath(text: string, schema: JsonSchemaProps): ResolvedPath {
  const names: ResolvedPath['names'] = [];
  const fail = (why: string): ResolvedPath => ({ names, fault: `fieldPath must be a valid path: ${why}` });
  if (text === '') return { names, fault: 'fieldPath must be non-empty if specified' };
  if (/[\r\n]/.test(text)) return { names, fault: 'fieldPath must not contain line breaks' };
  let at: JsonSchemaProps | undefined = schema;
  let rest = text;
  while (rest) {
    const match = /^\.([A-Za-z_][\w-]*)|^\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/.exec(rest);
    if (!match) return fail(`unexpected ${JSON.stringify(rest)} in ${JSON.stringify(text)}`);
    const name = (match[1] ?? match[2] ?? match[3] ?? '').replaceAll(/\\(.)/g, '$1');
    const values: JsonSchemaProps | undefined = at && valuesOf(at);
    const inner: JsonSchemaProps | undefined = at && (propertyOf(at, name) ?? values);
    if (!inner) return fail(`does not refer to a valid field`);
    names.push({ name, isKey: values !== undefined });
    at = inner;
    rest = rest.slice(match[0].length);
  }
  return { names };
}

/** The path below `path`. */
export function pathBelow(path: string, { names }: ResolvedPath): FieldPath {
  return names.reduce((at, { name, isKey }) => (isKey ? at.key(name) : at.child(name)), new FieldPath(path));
}
