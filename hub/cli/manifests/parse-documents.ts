// The documents of a manifest: JSON, or YAML as kubectl reads it (1.1, without its times and base-60 numbers).

import type { YAMLParseError } from 'yaml';
import { UserError } from '../../../shared/base/index.ts';
import type { ManifestText } from './find-files.ts';

/** Every document that is not empty, up to the first that cannot be read: then UserError, which names the file and the line. */
export async function* parseDocuments({ source, text }: ManifestText): AsyncGenerator<unknown> {
  const json = text.trimStart().startsWith('{') ? parseJson(text) : undefined;
  if (json !== undefined) {
    yield json;
    return;
  }
  const refuse = (why: string): never => {
    throw new UserError(`error parsing ${source}: error converting YAML to JSON: ${why}`);
  };
  // The YAML reader is large: loaded only where there is YAML.
  const [{ parseAllDocuments }, go] = await Promise.all([
    import('yaml'),
    import('../../../shared/yaml/index.ts'),
  ]);
  const unreadable = go.goYamlTextFault(text);
  if (unreadable) refuse(`yaml: ${unreadable}`);
  const documents = parseAllDocuments(text, go.goYamlOptions);
  if (!Array.isArray(documents)) return;
  const read = (document: (typeof documents)[number]): unknown => {
    const [fault] = document.errors;
    if (fault) refuse(`yaml: ${go.goYamlFault(...inItsDocument(fault, text))}`);
    try {
      return go.goYamlValue(document, text);
    } catch (error) {
      return refuse(go.goYamlError(error));
    }
  };
  for (const document of documents) {
    const value = read(document);
    if (value !== null && value !== undefined) yield value;
  }
}

type Fault = Pick<YAMLParseError, 'code' | 'message' | 'pos'>;

/** As kubectl, which reads each document by itself: lines are those of the document. */
function inItsDocument({ code, message, pos: [begin, end] }: Fault, text: string): [Fault, string] {
  const before = [...text.slice(0, begin).matchAll(/(?<=\n)---[ \t]*(?:#.*)?\n/g)].pop();
  const start = before ? before.index + before[0].length : 0;
  const next = /\n---[ \t]*(?:#.*)?$/m.exec(text.slice(start));
  const own = text.slice(start, next ? start + next.index + 1 : undefined);
  return [{ code, message, pos: [begin - start, end - start] }, own];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // YAML in flow style, or several documents: for the other reader.
    return undefined;
  }
}
