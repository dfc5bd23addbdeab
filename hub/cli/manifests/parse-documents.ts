// The documents of a manifest: JSON, or YAML as kubectl reads it (1.1, without its times and base-60 numbers).

import type { Tags } from 'yaml';
import { UserError } from '../../../shared/base/index.ts';
import type { ManifestText } from './find-files.ts';

/** Every document that is not empty. Throws UserError that names the file and the line. */
export async function parseDocuments({ source, text }: ManifestText): Promise<unknown[]> {
  const json = text.trimStart().startsWith('{') ? parseJson(text) : undefined;
  if (json !== undefined) return [json];
  // The YAML reader is large: loaded only where there is YAML.
  const { parseAllDocuments, LineCounter } = await import('yaml');
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    version: '1.1',
    merge: true,
    uniqueKeys: false,
    lineCounter: lines,
    customTags: (tags: Tags) => tags.filter((tag) => !isForeign(tag)),
  });
  if (!Array.isArray(documents)) return [];
  for (const { errors } of documents) {
    const [fault] = errors;
    if (!fault) continue;
    const line = lines.linePos(fault.pos[0]).line;
    const why = fault.message.split(/ at line \d+|\n/, 1)[0];
    throw new UserError(`error parsing ${source}: error converting YAML to JSON: yaml: line ${line}: ${why}`);
  }
  return documents
    .map((document): unknown => withTextKeys(document.toJS({ mapAsMap: true })))
    .filter((value) => value !== null && value !== undefined);
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

/** JSON has keys of text only: `true:` becomes "true". */
function withTextKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTextKeys);
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [String(key), withTextKeys(item)]));
  }
  return typeof value === 'bigint' ? Number(value) : value;
}
