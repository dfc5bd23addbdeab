// What is wrong with YAML, in the words of Go's yaml. Its scanner counts lines from one, its parser from nought, and the
// first line of a scanner's or a parser's fault is not named: who compares with kubectl sees the same numbers.

import { goQuoted } from '../machinery/index.ts';

/** An error of the `yaml` package. */
export interface YamlFault {
  readonly code: string;
  readonly message: string;
  /** Offsets in the text: where it begins, and behind it. */
  readonly pos: readonly [number, number];
}

interface Place {
  text: string;
  offset: number;
  message: string;
}

interface Rule {
  code: string;
  /** Of the faults with that code, those that say so. */
  says?: RegExp;
  by: 'scanner' | 'parser';
  words: string | ((place: Place) => string);
  /** Where Go finds it, as an offset, if not where it begins. */
  at?: (place: Place) => number;
}

const noToken = 'found character that cannot start any token';
const noColon = "could not find expected ':'";
const noValue = 'mapping values are not allowed in this context';
const noContent = 'did not find expected node content';
const noKey = 'did not find expected key';

/** THE LIST of what is known; the first that fits counts. */
const rules: readonly Rule[] = [
  { code: 'BLOCK_AS_IMPLICIT_KEY', says: /^A block sequence/, by: 'parser', words: noKey },
  { code: 'BLOCK_AS_IMPLICIT_KEY', by: 'scanner', words: noValue, at: nextColon },
  { code: 'TAB_AS_INDENT', by: 'scanner', words: tabWords },
  { code: 'BAD_SCALAR_START', by: 'scanner', words: noToken },
  { code: 'BAD_DQ_ESCAPE', by: 'scanner', words: escapeWords },
  { code: 'BAD_ALIAS', by: 'scanner', words: 'did not find expected alphabetic or numeric character' },
  { code: 'MISSING_CHAR', says: /^Missing closing/, by: 'scanner', words: 'found unexpected end of stream' },
  { code: 'MISSING_CHAR', says: /^Implicit map keys/, by: 'scanner', words: noColon, at: behindKey },
  { code: 'MISSING_CHAR', says: /^Sequence item without/, by: 'parser', words: noKey },
  {
    code: 'MISSING_CHAR',
    says: /^Tags and anchors must/,
    by: 'scanner',
    words: 'did not find expected whitespace or line break',
  },
  { code: 'MISSING_CHAR', says: /^Missing directives-end/, by: 'parser', words: directiveWords },
  { code: 'MULTILINE_IMPLICIT_KEY', by: 'scanner', words: keyWords, at: behindKey },
  {
    code: 'UNEXPECTED_TOKEN',
    says: /block-seq-ind on same line/,
    by: 'scanner',
    words: 'block sequence entries are not allowed in this context',
  },
  {
    code: 'UNEXPECTED_TOKEN',
    says: /^Block scalar header|^Not a YAML token/,
    by: 'scanner',
    words: 'did not find expected comment or line break',
  },
  {
    code: 'UNEXPECTED_TOKEN',
    says: /^Unexpected , in/,
    by: 'parser',
    words: 'did not find expected node content',
  },
  { code: 'UNEXPECTED_TOKEN', says: /at node end|in YAML stream/, by: 'parser', words: noKey },
  { code: 'BAD_INDENT', says: /^Flow /, by: 'parser', words: bracketWords },
  { code: 'MISSING_CHAR', says: /^Flow /, by: 'parser', words: bracketWords },
  { code: 'BLOCK_IN_FLOW', by: 'parser', words: bracketWords },
  { code: 'BAD_INDENT', says: /^All /, by: 'parser', words: itemWords },
];

/** E.g. `line 5: mapping values are not allowed in this context`; what is not known stays as it was said. */
export function goYamlFault({ code, message, pos: [offset] }: YamlFault, text: string): string {
  const tab = tabInBlock(text, offset);
  if (tab !== undefined)
    return `line ${lineAt(text, tab) + 1}: found a tab character where an indentation space is expected`;
  const place = { text, offset, message };
  const rule = rules.find((each) => each.code === code && (each.says?.test(message) ?? true));
  const found = lineAt(text, rule?.at?.(place) ?? offset);
  const line = rule?.by === 'parser' && isEnd(place) ? lineOfEnd(text) : found;
  if (!rule) return `line ${line + 1}: ${message.split(/ at line \d+|\n/, 1)[0]}`;
  const words = typeof rule.words === 'string' ? rule.words : rule.words(place);
  return line === 0 ? words : `line ${rule.by === 'scanner' ? line + 1 : line}: ${words}`;
}

/** What is wrong with values that are written well: an alias of nothing, a merge of no map, too many aliases. */
export function goYamlValueFault(error: unknown, text: string): string {
  const message = error instanceof Error ? error.message : String(error);
  const alias = /^Unresolved alias .*: (.*)$/.exec(message)?.[1];
  if (alias !== undefined && /^[\w-]+$/.test(alias)) return `unknown anchor '${alias}' referenced`;
  if (alias !== undefined) {
    const pos = [text.indexOf(`*${alias}`), 0] as const;
    return goYamlFault({ code: 'BAD_ALIAS', message, pos }, text);
  }
  if (message.startsWith('Merge sources')) return 'map merge requires map or sequence of maps as the value';
  return message;
}

/** Of a map or a list that stands where a key has to, as templates do: `{{ .Values.x }}`. */
export function goMapKeyFault(key: unknown): string {
  return `invalid map key: ${goSyntax(key)}`;
}

/** Of a colon with nothing before it. */
export function goNoKeyFault(value: unknown): string {
  return `unsupported map key of type: %!s(<nil>), key: <nil>, value: ${goSyntax(value)}`;
}

/** As %#v, of what Go's yaml makes of a value. */
function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value === 'string') return goQuoted(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (!(value instanceof Map)) return String(value);
  const entries = [...value].map(([key, item]) => `${goSyntax(key)}:${goSyntax(item)}`);
  return `map[interface {}]interface {}{${entries.join(', ')}}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unreadable = /[\0-\x08\v\f\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]/;

/** What Go's yaml refuses to read at all. */
export function goYamlTextFault(text: string): string | undefined {
  return unreadable.test(text) ? 'control characters are not allowed' : undefined;
}

/** From nought. */
function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length - 1;
}

function isEnd({ text, offset }: Place): boolean {
  return text.slice(offset).trim() === '';
}

/** The parser takes the end for a line of its own. */
function lineOfEnd(text: string): number {
  return lineAt(text, text.length) + (text.endsWith('\n') ? 0 : 1);
}

function nextColon({ text, offset }: Place): number {
  const further = text.slice(offset).search(/:(?=\s|$)/);
  return further < 0 ? offset : offset + further;
}

/** Where the scanner gives a key up: at the next line that does not continue it. */
function behindKey({ text, offset }: Place): number {
  const column = offset - (text.lastIndexOf('\n', offset - 1) + 1);
  const next = new RegExp(`\\n(?= {0,${column}}[^\\s#])`).exec(text.slice(offset));
  return next ? offset + next.index + 1 : text.length;
}

/** The first of a map goes on as a value of several lines, until a colon comes; any other is given up. */
function keyWords({ text, offset }: Place): string {
  const above = text.slice(0, text.lastIndexOf('\n', offset - 1) + 1).trimEnd();
  return above.endsWith(':') ? noValue : noColon;
}

/** A plain value would go on, so its indentation is looked at; elsewhere something new would have to begin. */
function tabWords({ text, offset }: Place): string {
  const before = text.slice(0, text.lastIndexOf('\n', offset - 1) + 1).trimEnd();
  const line = before.slice(before.lastIndexOf('\n') + 1);
  const isPlain = line !== '' && !/[:\-[\]{},"'|>+]$|#/.test(line);
  return isPlain ? 'found a tab character that violates indentation' : noToken;
}

const blockBegin = /(?:^|[:?-] .*|\s)[|>][-+\d]*[ \t]*(?:#.*)?$/;

/** Where a line that begins with a tab follows the beginning of a block, or what stands in it. */
function tabInBlock(text: string, offset: number): number | undefined {
  const lines = text.slice(0, offset).split('\n');
  const begin = offset - (lines.pop()?.length ?? 0);
  const [before] = /^ *(?=\t)/.exec(text.slice(begin)) ?? [];
  if (before === undefined) return undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const line of lines.reverse()) {
    const indentation = line.search(/\S/);
    if (indentation < 0) continue;
    if (indentation < least && blockBegin.test(line)) return begin + before.length;
    least = Math.min(least, indentation);
  }
  return undefined;
}

function directiveWords({ text }: Place): string {
  return /^%\s*$/m.test(text)
    ? 'could not find expected directive name'
    : 'did not find expected <document start>';
}

function escapeWords({ message }: Place): string {
  return /\\[xuU]/.test(message)
    ? 'did not find expected hexdecimal number'
    : 'found unknown escape character';
}

/** By the bracket that is open there; a value is missing behind a bracket, a comma or a colon. */
function bracketWords({ text, offset, message }: Place): string {
  const named = /^Flow (map|sequence)/.exec(message)?.[1];
  const before = text.slice(0, offset);
  if (named && /[[{,:]\s*$/.test(before)) return noContent;
  const isMap = named ? named === 'map' : before.lastIndexOf('{') > before.lastIndexOf('[');
  return `did not find expected ',' or '${isMap ? '}' : ']'}'`;
}

/** By what stands at the same column further up: a list wants another item of its own. */
function itemWords({ text, offset }: Place): string {
  const [, indentation = ''] = /^( *)/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1)) ?? [];
  const above = text.slice(0, offset).split('\n').reverse();
  const outer = above.find((line) => line.trim() !== '' && line.search(/\S/) <= indentation.length);
  const isList = outer?.search(/\S/) === indentation.length && /^ *-(\s|$)/.test(outer);
  return isList ? "did not find expected '-' indicator" : noKey;
}
