// YAML that was sent, as JSON. It may be anything: what would take the parser too deep, or too long, is refused before it
// goes there, for a process whose stack is nearly full can be ended by as little as a regular expression.

import { Lexer, parseDocument } from 'yaml';
import {
  goYamlError,
  goYamlFault,
  goYamlOptions,
  goYamlTextFault,
  goYamlValue,
  repeatedKeys,
} from '../../../shared/yaml/index.ts';

/** Deeper than any type of the API, its schemas of custom resources included; a fraction of what the stack allows. */
const deepest = 200;
/** Keys and values: no body may have so many (see body-bounds.ts). */
const mostScalars = 200_000;
/** Each is looked for among all of them. */
const mostAliases = 10_000;
const scalarMark = '\x1f';

export interface YamlBody {
  body: unknown;
  /** Keys that stand twice, in the words of Go's yaml: the last one counts. */
  duplicates: string[];
}

/** The first document, as Go reads it. Throws an Error that says what is wrong, in one line and in the words of Go's yaml. */
export function parseYamlBody(text: string): YamlBody {
  try {
    return parseFirst(text);
  } catch (error) {
    throw new Error(goYamlError(error), { cause: error });
  }
}

function parseFirst(text: string): YamlBody {
  refuseBeyondBounds(text);
  const unreadable = goYamlTextFault(text);
  if (unreadable) throw new Error(unreadable);
  const document = parseDocument(text, goYamlOptions);
  const error = document.errors.find(({ code }) => code !== 'MULTIPLE_DOCS');
  if (error) throw new Error(goYamlFault(error, text));
  return { body: goYamlValue(document, text), duplicates: repeatedKeys(document, text) };
}

/** Flow collections nest by their brackets; blocks by what stands before a line's first value: indentation, `-`, `?`. */
function refuseBeyondBounds(text: string): void {
  let scalars = 0;
  let aliases = 0;
  let flow = 0;
  let indentation = 0;
  let atLineStart = true;
  let isScalarNext = false;
  for (const token of new Lexer().lex(text)) {
    if (isScalarNext) {
      isScalarNext = false;
      continue;
    }
    if (token === scalarMark) {
      isScalarNext = true;
      scalars += 1;
      if (scalars > mostScalars) throw new Error(`document holds more than ${mostScalars} keys and values`);
    }
    if (token.startsWith('*')) {
      aliases += 1;
      if (aliases > mostAliases) throw new Error('document contains excessive aliasing');
    }
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
