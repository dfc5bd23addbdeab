// JSON values as YAML, the way kubectl prints them: keys sorted, lists not indented.

import { isRecord, type JsonObject } from '../../../../shared/machinery/index.ts';
import { goNumber } from '../go-json.ts';
import { yamlText } from './scalar.ts';

/** A document with its final line feed. */
export function toYaml(value: unknown): string {
  if (isFilledMap(value)) return mapLines(value, 0);
  if (isFilledList(value)) return listLines(value, 0);
  return ended(scalar(value, { column: 0, indent: 0 }));
}

function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

function scalar(value: unknown, place: { column: number; indent: number }): string {
  if (typeof value === 'string') return yamlText(value, place);
  if (Array.isArray(value)) return '[]';
  if (isRecord(value)) return '{}';
  return typeof value === 'number' ? goNumber(value) : String(value ?? null);
}

/** The first key's indentation is left out: it stands behind something. */
function mapLines(map: JsonObject, indent: number): string {
  const keys = Object.keys(map).filter((key) => map[key] !== undefined);
  return keys
    .sort(compareKeys)
    .map((key) => entry(key, map[key], indent))
    .join(' '.repeat(indent));
}

function entry(key: string, value: unknown, indent: number): string {
  const name = yamlText(key, { column: indent, indent, key: true });
  if (isFilledMap(value)) return `${name}:\n${' '.repeat(indent + 2)}${mapLines(value, indent + 2)}`;
  if (isFilledList(value)) return `${name}:\n${' '.repeat(indent)}${listLines(value, indent)}`;
  return ended(`${name}: ${scalar(value, { column: indent + [...name].length + 2, indent: indent + 2 })}`);
}

/** The first dash's indentation is left out. */
function listLines(list: readonly unknown[], indent: number): string {
  return list
    .map((item) => {
      if (isFilledMap(item)) return `- ${mapLines(item, indent + 2)}`;
      if (isFilledList(item)) return `- ${listLines(item, indent + 2)}`;
      return ended(`- ${scalar(item, { column: indent + 2, indent: indent + 2 })}`);
    })
    .join(' '.repeat(indent));
}

function isFilledMap(value: unknown): value is JsonObject {
  return isRecord(value) && Object.keys(value).length > 0;
}

function isFilledList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0;
}

/** yaml.v2's order: letters after everything else, runs of digits by their number. */
function compareKeys(left: string, right: string): number {
  const a = [...left];
  const b = [...right];
  const at = a.findIndex((character, index) => index < b.length && character !== b[index]);
  if (at < 0) return a.length - b.length;
  const [one = '', other = ''] = [a[at], b[at]];
  const letters = [isLetter(one), isLetter(other)];
  if (letters[0] && letters[1]) return one < other ? -1 : 1;
  if (letters[0] || letters[1]) return letters[1] ? -1 : 1;
  return compareDigits(a, b, at) || (one < other ? -1 : 1);
}

function compareDigits(a: readonly string[], b: readonly string[], at: number): number {
  const before = /[0-9]*$/.exec(a.slice(0, at).join(''))?.[0] ?? '';
  const lead = (a[at] === '0' || b[at] === '0') && /[1-9]/.test(before) ? '1' : '0';
  const run = (text: readonly string[]) => /^[0-9]*/.exec(text.slice(at).join(''))?.[0] ?? '';
  const [one, other] = [run(a), run(b)];
  return Number(lead + one) - Number(lead + other) || one.length - other.length;
}

function isLetter(character: string): boolean {
  return /\p{L}/u.test(character);
}
