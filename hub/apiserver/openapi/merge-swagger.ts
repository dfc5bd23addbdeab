// What other API servers describe in version 2, in one document with what is served here (kube-openapi/pkg/aggregator).

import { deepEqual, isRecord } from '../../../shared/machinery/index.ts';

type Json = Record<string, unknown>;

/** A document of another server, and the paths of it that are asked for there, e.g. `/apis/wardle.example.com/v1alpha1`. */
export interface OtherSwagger {
  prefix: string;
  document: Json;
}

/** A definition of another content under a name that is taken gets one of its own. */
export function mergeSwagger(own: Json, others: readonly OtherSwagger[]): Json {
  const isElsewhere = (path: string) => others.some(({ prefix }) => isBelow(path, prefix));
  const paths = Object.fromEntries(
    Object.entries(recordIn(own, 'paths')).filter(([path]) => !isElsewhere(path)),
  );
  const definitions = { ...recordIn(own, 'definitions') };
  for (const { prefix, document } of others) {
    const names = new Map<string, string>();
    for (const [name, definition] of Object.entries(recordIn(document, 'definitions')))
      if (Object.hasOwn(definitions, name) && !deepEqual(definitions[name], definition))
        names.set(name, freeName(name, definitions));
    for (const [name, definition] of Object.entries(recordIn(document, 'definitions')))
      definitions[names.get(name) ?? name] ??= renamed(definition, names);
    for (const [path, item] of Object.entries(recordIn(document, 'paths')))
      if (isBelow(path, prefix)) paths[path] ??= renamed(item, names);
  }
  return { ...own, paths, definitions };
}

function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

function recordIn(document: Json, field: string): Json {
  const found = document[field];
  return isRecord(found) ? found : {};
}

function freeName(name: string, taken: Json): string {
  for (let number = 2; ; number += 1)
    if (!Object.hasOwn(taken, `${name}_v${number}`)) return `${name}_v${number}`;
}

const pointer = '#/definitions/';

/** With its references to definitions that have another name now. */
function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (names.size === 0) return value;
  if (Array.isArray(value)) return value.map((item) => renamed(item, names));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string' ? referring(inner, names) : renamed(inner, names),
    ]),
  );
}

function referring(reference: string, names: ReadonlyMap<string, string>): string {
  const name = reference.startsWith(pointer) ? names.get(reference.slice(pointer.length)) : undefined;
  return name === undefined ? reference : `${pointer}${name}`;
}
