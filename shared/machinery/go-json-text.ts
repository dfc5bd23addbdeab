// JSON as Go writes it: keys sorted by bytes, `<`, `>` and `&` escaped.

import { isRecord, type JsonObject } from './json-object.ts';

/** Indented by four spaces, as kubectl prints it; without a final line feed. */
export function indentedJson(value: unknown): string {
  return write(value, '\n');
}

/** On one line. */
export function compactJson(value: unknown): string {
  return write(value, '');
}

/** `line`: a line feed with the indentation of this level, or empty for one line. */
function write(value: unknown, line: string): string {
  if (typeof value === 'number') return goNumber(value);
  if (Array.isArray(value))
    return enclosed(
      '[]',
      value.map((item) => write(item, deeper(line))),
      line,
    );
  if (!isRecord(value)) return escapedJson(JSON.stringify(value ?? null));
  const colon = line ? ': ' : ':';
  const fields = sortedKeys(value).map(
    (key) => escapedJson(JSON.stringify(key)) + colon + write(value[key], deeper(line)),
  );
  return enclosed('{}', fields, line);
}

const deeper = (line: string) => (line ? `${line}    ` : '');

function enclosed(brackets: string, items: readonly string[], line: string): string {
  const [open = '', close = ''] = brackets;
  return items.length === 0 ? brackets : open + deeper(line) + items.join(`,${deeper(line)}`) + line + close;
}

function sortedKeys(value: JsonObject): string[] {
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  return keys.sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
}

/** What Go does not write as it stands. */
export function escapedJson(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** As strconv writes a float64 with 'g' in its shortest form: `1e+21`, `0.1`. */
export function goNumber(value: number): string {
  return String(value).replace(/e([-+])(\d)$/, 'e$10$2');
}
