// The built-in types, as scripts/generate-schema.js wrote them: their structure, and (apart, it is large) their words.

import { readFile } from 'node:fs/promises';
import type { FieldType, ObjectType, SchemaSet } from '../machinery/index.ts';

/** The types of the built-in Kinds. */
export interface BuiltInSchemas extends SchemaSet {
  /** Whether there is a type of that name. */
  has(name: string): boolean;
  /** All names, sorted. */
  names(): string[];
}

/** A type's description and those of its fields, as OpenAPI shows them. */
export interface TypeDescription {
  description: string;
  properties: Record<string, string>;
}

/**
 * Reads the structure of all built-in types (about 500; some hundred kilobytes of memory).
 * Throws when the build has not generated it.
 */
export async function loadSchemaSet(): Promise<BuiltInSchemas> {
  const types = new Map(Object.entries(await readGenerated<ObjectType>('schema.json')));
  shareEqualFields(types.values());
  return {
    typeNamed(name) {
      const type = types.get(name);
      if (!type) throw new Error(`no type ${name} in the schema set`);
      return type;
    },
    has: (name) => types.has(name),
    names: () => [...types.keys()].sort(),
  };
}

/** Reads all descriptions: type name → words. Over half a megabyte: don't keep it. */
export function loadDescriptions(): Promise<Record<string, TypeDescription>> {
  return readGenerated<TypeDescription>('descriptions.json');
}

/** Next to this file, both in the source tree and in dist. */
async function readGenerated<T>(file: string): Promise<Record<string, T>> {
  const text = await readFile(new URL(`./generated/${file}`, import.meta.url), 'utf8');
  const parsed: Record<string, T> = JSON.parse(text);
  return parsed;
}

/** Most of 2,500 fields are one of some hundred forms: each form is kept once. */
function shareEqualFields(types: Iterable<ObjectType>): void {
  const forms = new Map<string, FieldType>();
  for (const type of types)
    for (const [name, field] of Object.entries(type.properties)) {
      const key = JSON.stringify(field);
      const form = forms.get(key) ?? field;
      forms.set(key, form);
      type.properties[name] = form;
    }
}
