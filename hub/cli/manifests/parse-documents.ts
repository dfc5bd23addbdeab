// The documents of a manifest: JSON, or YAML as kubectl reads it (1.1, without its times and base-60 numbers).

import type { Tags, YAMLParseError } from 'yaml';
import { UserError } from '../../../shared/base/index.ts';
import {
  goMapKeyFault,
  goYamlFault,
  goYamlTextFault,
  goYamlValueFault,
} from '../../../shared/machinery/index.ts';
import type { ManifestText } from './find-files.ts';

/** Every document that is not empty. Throws UserError that names the file and the line. */
export async function parseDocuments({ source, text }: ManifestText): Promise<unknown[]> {
  const json = text.trimStart().startsWith('{') ? parseJson(text) : undefined;
  if (json !== undefined) return [json];
  const refuse = (why: string): never => {
    throw new UserError(`error parsing ${source}: error converting YAML to JSON: yaml: ${why}`);
  };
  const unreadable = goYamlTextFault(text);
  if (unreadable) refuse(unreadable);
  // The YAML reader is large: loaded only where there is YAML.
  const { parseAllDocuments } = await import('yaml');
  const documents = parseAllDocuments(text, {
    version: '1.1',
    merge: true,
    uniqueKeys: false,
    customTags: (tags: Tags) => tags.filter((tag) => !isForeign(tag)),
  });
  if (!Array.isArray(documents)) return [];
  for (const { errors } of documents) {
    const [fault] = errors;
    if (fault) refuse(faultOf(fault, text));
  }
  const values = documents.map((document): unknown => {
    try {
      return withTextKeys(document.toJS({ mapAsMap: true }));
    } catch (error) {
      return refuse(goYamlValueFault(error, text));
    }
  });
  return values.filter((value) => value !== null && value !== undefined);
}

/** As kubectl, which reads each document by itself: lines are those of the document. */
function faultOf({ code, message, pos: [begin, end] }: YAMLParseError, text: string): string {
  const before = [...text.slice(0, begin).matchAll(/(?<=\n)---[ \t]*(?:#.*)?\n/g)].pop();
  const start = before ? before.index + before[0].length : 0;
  const next = /\n---[ \t]*(?:#.*)?$/m.exec(text.slice(start));
  const own = text.slice(start, next ? start + next.index + 1 : undefined);
  return goYamlFault({ code, message, pos: [begin - start, end - start] }, own);
}

function isForeign(tag: Tags[number]): boolean {
  if (typeof tag === 'string') return tag === 'timestamp' || tag === 'intTime' || tag === 'floatTime';
  return tag.tag.endsWith(':timestamp') || ('format' in tag && tag.format === 'TIME');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // YAML in flow style, or several documents: for the other reader.
    return undefined;
  }
}

/** JSON has keys of text only: `true:` becomes "true". Throws where a map or a list is a key. */
function withTextKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTextKeys);
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [textKey(key), withTextKeys(item)]));
  }
  return typeof value === 'bigint' ? Number(value) : value;
}

function textKey(key: unknown): string {
  if (typeof key === 'object' && key !== null) throw new Error(goMapKeyFault(key));
  return String(key);
}
