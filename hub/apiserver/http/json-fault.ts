// What is wrong with JSON that was sent, in the words of Go's encoding/json, which clients know.

/** What the engine says, and how Go goes on after the character that it did not expect. */
const words: readonly (readonly [RegExp, string])[] = [
  [
    /^Expected property name|^Expected double-quoted property name/,
    'looking for beginning of object key string',
  ],
  [/^Expected ':' after property name/, 'after object key'],
  [/^Expected ',' or '}' after property value/, 'after object key:value pair'],
  [/^Expected ',' or '\]' after array element/, 'after array element'],
  [/^Unexpected non-whitespace character after JSON/, 'after top-level value'],
  [/^Bad control character/, 'in string literal'],
  [/^Bad (escaped character|Unicode escape)/, 'in string escape code'],
  [/^No number after minus sign/, 'in numeric literal'],
  [/^Unterminated fractional number/, 'after decimal point in numeric literal'],
  [/^Exponent part is missing/, 'in exponent of numeric literal'],
  [/^Unexpected token/, 'looking for beginning of value'],
];

export function jsonFault(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const position = /at position (\d+)/.exec(message)?.[1];
  // A token is told by itself, without its place.
  const token = /^Unexpected token (?:'(.)'|(.))/su.exec(message);
  const character = position === undefined ? (token?.[1] ?? token?.[2]) : text[Number(position)];
  const rest = words.find(([said]) => said.test(message))?.[1];
  if (character === undefined || rest === undefined) return 'unexpected end of JSON input';
  return `invalid character ${quoted(character)} ${rest}`;
}

/** As Go quotes a character. */
function quoted(character: string): string {
  if (character === "'") return `'\\''`;
  if (character === '"') return `'"'`;
  return `'${JSON.stringify(character).slice(1, -1)}'`;
}
