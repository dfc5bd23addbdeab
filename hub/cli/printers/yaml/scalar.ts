// Text as YAML writes it: which style is possible, and the folding of long lines, as gopkg.in/yaml.v2's emitter does.

import { isAmbiguous } from './ambiguous.ts';

const bestWidth = 80;

export interface ScalarPlace {
  /** Where on its line the text begins. */
  column: number;
  /** Of the lines that follow. */
  indent: number;
  /** A key of a map: stays on one line. */
  key?: boolean;
}

/** What follows the key or the dash; without a final line feed, unless it is a block that ends in one. */
export function yamlText(text: string, place: ScalarPlace): string {
  const allowed = stylesOf(text);
  if (text.includes('\n') && allowed.block && !place.key) return literal(text, place.indent);
  if (!text.includes('\n') && !isAmbiguous(text)) {
    if (allowed.plain) return folded(text, place, '', plainCharacter);
    if (allowed.single) return `'${folded(text, place, "'", singleCharacter)}'`;
  }
  return `"${folded(text, place, '"', doubleCharacter)}"`;
}

function stylesOf(text: string): { plain: boolean; single: boolean; block: boolean } {
  const special = [...text].some((character) => !isPrintable(character)) || / \n/.test(text);
  const indicator =
    /^[#,[\]{}&*!|>'"%@`]/.test(text) || /^[?:-](?=[ \t]|$)/.test(text) || /^(---|\.\.\.)/.test(text);
  const inside = /.:(?=[ \t]|$)/s.test(text) || /[ \t\n]#/.test(text);
  const edges = /^[ \n]|[ \n]$/.test(text);
  return {
    plain: !special && !indicator && !inside && !edges && !text.includes('\n'),
    single: !special && !/\n /.test(text),
    block: !special && !text.endsWith(' '),
  };
}

/** What the emitter of yaml.v2 takes for printable: nothing beyond the basic plane, no tab. */
function isPrintable(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x0a) return true;
  if (code < 0xa0) return code >= 0x20 && code <= 0x7e;
  return code <= 0xd7ff || (code >= 0xe000 && code < 0xfffe && code !== 0xfeff);
}

const plainCharacter = (character: string) => character;
const singleCharacter = (character: string) => (character === "'" ? "''" : character);

const escapes: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\u0007': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\u001b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\u0085': '\\N',
  '\u2028': '\\L',
  '\u2029': '\\P',
  '\ufeff': '\\uFEFF',
};

function doubleCharacter(character: string): string {
  const escaped = escapes[character];
  if (escaped !== undefined) return escaped;
  if (isPrintable(character)) return character;
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

/** Breaks at the first single space beyond the best width. */
function folded(
  text: string,
  place: ScalarPlace,
  quote: string,
  write: (character: string) => string,
): string {
  const characters = [...text];
  let column = place.column + quote.length;
  let afterSpace = false;
  let written = '';
  for (const [index, character] of characters.entries()) {
    const isSpace = character === ' ';
    const next = characters[index + 1];
    const inside = quote === '' || (index > 0 && index < characters.length - 1);
    const breakable = isSpace && !place.key && !afterSpace && column > bestWidth && inside;
    if (breakable && (next !== ' ' || quote === '"')) {
      const guard = next === ' ' ? '\\' : '';
      written += `\n${' '.repeat(place.indent)}${guard}`;
      column = place.indent + guard.length;
    } else {
      const shown = write(character);
      written += shown;
      column += [...shown].length;
    }
    afterSpace = isSpace;
  }
  return written;
}

function literal(text: string, indent: number): string {
  const indentHint = /^[ \n]/.test(text) ? '2' : '';
  const chomp = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : '';
  const lines = text.split('\n').map((line) => (line === '' ? '' : ' '.repeat(indent) + line));
  return `|${indentHint}${chomp}\n${lines.join('\n')}`;
}
