// YAML that was sent, as JSON. It may be anything: what would take the parser too deep is refused before it goes there,
// for a process whose stack is nearly full can be ended by as little as a regular expression.

import { type Document, isCollection, isMap, isScalar, Lexer, parseDocument, visit } from 'yaml';
import {
  goMapKeyFault,
  goYamlFault,
  goYamlTextFault,
  goYamlValueFault,
} from '../../../shared/machinery/index.ts';

/** Deeper than any type of the API, its schemas of custom resources included; a fraction of what the stack allows. */
const deepest = 200;
const scalarMark = '\x1f';

export interface YamlBody {
  body: unknown;
  /** Keys that stand twice, in the words of Go's yaml: the last one counts. */
  duplicates: string[];
}

/** Throws an Error that says what is wrong, in one line and in the words of Go's yaml. */
export function parseYamlBody(text: string): YamlBody {
  refuseDepth(text);
  const unreadable = goYamlTextFault(text);
  if (unreadable) throw new Error(unreadable);
  // The library's own check of keys compares each with each.
  const document = parseDocument(text, { uniqueKeys: false });
  const [error] = document.errors;
  if (error) throw new Error(goYamlFault(error, text));
  const duplicates = duplicatesIn(document, text);
  return { body: plain(document, text), duplicates };
}

function plain(document: Document, text: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new Error(goYamlValueFault(error, text), { cause: error });
  }
}

/** Flow collections nest by their brackets; blocks by what stands before a line's first value: indentation, `-`, `?`. */
function refuseDepth(text: string): void {
  let flow = 0;
  let indentation = 0;
  let atLineStart = true;
  let isScalarNext = false;
  for (const token of new Lexer().lex(text)) {
    if (isScalarNext) {
      isScalarNext = false;
      continue;
    }
    if (token === scalarMark) isScalarNext = true;
    if (token === '\n' || token === '\r\n') {
      atLineStart = true;
      indentation = 0;
    } else if (atLineStart && /^[ ?-]+$/.test(token)) indentation += token.length;
    else atLineStart = false;
    if (token === '[' || token === '{') flow += 1;
    else if (token === ']' || token === '}') flow -= 1;
    if (flow > deepest || indentation > 2 * deepest) throw new Error(`exceeded max depth of ${deepest}`);
  }
}

const mostDuplicates = 100;

/** Throws where a map or a list is a key. */
function duplicatesIn(document: Document, text: string): string[] {
  const found: string[] = [];
  visit(document, {
    Map(_key, map) {
      if (!isMap(map)) return;
      const keys = new Set<unknown>();
      for (const { key } of map.items) {
        if (isCollection(key)) throw new Error(goMapKeyFault(key.toJS(document, { mapAsMap: true })));
        if (!isScalar(key)) continue;
        if (keys.has(key.value) && found.length < mostDuplicates) {
          const line = text.slice(0, key.range?.[0] ?? 0).split('\n').length;
          found.push(`line ${line}: key "${key.value}" already set in map`);
        }
        keys.add(key.value);
      }
    },
  });
  return found;
}
