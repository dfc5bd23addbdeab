// JSON paths into a schema, `.foo.bar['a.b']`, as upstream's ValidFieldPath reads them: where a rule's fault is shown, and
// what may be selected by.

import { FieldPath } from '../../../machinery/index.ts';
import { type JsonSchemaProps, propertyOf, valuesOf } from '../json-schema.ts';

export interface ResolvedPath {
  names: { name: string; isKey: boolean }[];
  /** What stands there; absent where the path leads nowhere. */
  schema?: JsonSchemaProps;
  /** Why it leads nowhere, in upstream's words. */
  fault?: string;
}

/** A quoted text, a delimiter, or what stands between two of them. */
const token = /'(?:[^'\\]|\\.)*'|'.*$|[.[\]]|[^.[\]]+/gs;
const escapes: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
  ...{ "'": "'", '\\': '\\' },
};

/** `brackets`: whether names may stand in them. */
export function resolveFieldPath(text: string, root: JsonSchemaProps, brackets = true): ResolvedPath {
  const resolved: ResolvedPath = { names: [], schema: root };
  const tokens = text.match(token) ?? [];
  for (let at = 0; at < tokens.length; ) {
    const start = tokens[at];
    const step = start === '.' ? tokens.slice(at, at + 2) : tokens.slice(at, at + 3);
    const fault = faultIn(step, brackets) ?? enter(resolved, step);
    if (fault) return { names: resolved.names, fault };
    at += step.length;
  }
  return resolved;
}

function faultIn([start = '', name, end]: readonly string[], brackets: boolean): string | undefined {
  const cut = 'unexpected end of JSON path';
  if (start === '.') return name === undefined ? cut : undefined;
  if (start !== '[') return `expected [ or . but got: ${start}`;
  if (!brackets) return 'array notation is not allowed';
  if (name === undefined) return cut;
  if (!/^'.*'$/s.test(name) || name.length < 2) return `expected single quoted string but got ${name}`;
  const unknown = name.match(/\\./gs)?.find(([, directive = '']) => !Object.hasOwn(escapes, directive));
  if (unknown) return `invalid string literal: invalid escape char ${unknown}`;
  if (end === undefined) return cut;
  return end === ']' ? undefined : `expected ] but got ${end}`;
}

function enter(resolved: ResolvedPath, [start, written = '']: readonly string[]): string | undefined {
  const name =
    start === '.'
      ? written
      : written.slice(1, -1).replaceAll(/\\(.)/gs, (_, directive: string) => escapes[directive] ?? '');
  const { schema = {} } = resolved;
  const isKey = schema.properties === undefined;
  const inner = isKey ? valuesOf(schema) : propertyOf(schema, name);
  if (!inner) return 'does not refer to a valid field';
  resolved.names.push({ name, isKey });
  resolved.schema = inner;
  return undefined;
}

/** The path below `path`. */
export function pathBelow(path: string, { names }: ResolvedPath): FieldPath {
  return names.reduce((at, { name, isKey }) => (isKey ? at.key(name) : at.child(name)), new FieldPath(path));
}
