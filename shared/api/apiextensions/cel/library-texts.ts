// Strings: cel-go's ext.Strings, and Kubernetes' regular expressions (RE2).

import type { Environment } from '@marcbachmann/cel-js';
import { Duration } from '@marcbachmann/cel-js/evaluator';
import { isFound, patternOf } from '../schema/patterns.ts';

export function addTexts(environment: Environment): void {
  environment
    // The library's own are otherwise than cel-go's: own-functions.ts puts these in their place.
    .registerFunction('string.matchesRe2(string): bool', (text: string, pattern: string) =>
      isFound(pattern, text),
    )
    .registerFunction('matchesRe2(string, string): bool', (text: string, pattern: string) =>
      isFound(pattern, text),
    )
    .registerFunction(
      'string.find(string): string',
      (text: string, pattern: string) => findAll(text, pattern, 1)[0] ?? '',
    )
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) =>
      findAll(text, pattern, Number.POSITIVE_INFINITY),
    )
    .registerFunction(
      'string.findAll(string, int): list<string>',
      (text: string, pattern: string, most: bigint) =>
        findAll(text, pattern, most < 0n ? Number.POSITIVE_INFINITY : Number(most)),
    )
    .registerFunction('string.lowerAsciiOnly(): string', (text: string) =>
      text.replaceAll(/[A-Z]+/g, (part) => part.toLowerCase()),
    )
    .registerFunction('string.upperAsciiOnly(): string', (text: string) =>
      text.replaceAll(/[a-z]+/g, (part) => part.toUpperCase()),
    )
    .registerFunction('string.charAt(int): string', charAt)
    .registerFunction('string.substringOf(int): string', (text: string, start: bigint) =>
      substring(text, Number(start)),
    )
    .registerFunction('string.substringOf(int, int): string', (text: string, start: bigint, end: bigint) =>
      substring(text, Number(start), Number(end)),
    )
    .registerType('kubernetes.StringsNamespace', { ctor: StringsNamespace })
    .registerConstant('strings', 'kubernetes.StringsNamespace', new StringsNamespace())
    .registerFunction(
      'kubernetes.StringsNamespace.quote(string): string',
      (_: StringsNamespace, text: string) => JSON.stringify(text),
    )
    .registerFunction('string.reverse(): string', (text: string) => [...text].reverse().join(''))
    .registerFunction('string.replace(string, string): string', (text: string, old: string, by: string) =>
      text.replaceAll(old, () => by),
    )
    .registerFunction(
      'string.replace(string, string, int): string',
      (text: string, old: string, by: string, most: bigint) => replaceSome(text, old, by, most),
    )
    .registerFunction('string.format(list<dyn>): string', (form: string, values: unknown[]) =>
      formatted(form, values),
    );
}

class StringsNamespace {}

function charAt(text: string, index: bigint): string {
  const characters = [...text];
  if (index < 0n || index > characters.length) throw new Error(`index out of range: ${index}`);
  return characters[Number(index)] ?? '';
}

function substring(text: string, start: number, end?: number): string {
  const characters = [...text];
  const last = end ?? characters.length;
  for (const index of [start, last])
    if (index < 0 || index > characters.length) throw new Error(`index out of range: ${index}`);
  if (start > last) throw new Error(`invalid substring range. start: ${start}, end: ${last}`);
  return characters.slice(start, last).join('');
}

function findAll(text: string, pattern: string, most: number): string[] {
  const matcher = patternOf(pattern).matcher(text);
  const found: string[] = [];
  while (found.length < most && matcher.find()) found.push(matcher.group() ?? '');
  return found;
}

function replaceSome(text: string, old: string, by: string, most: bigint): string {
  if (most < 0n) return text.replaceAll(old, () => by);
  let result = '';
  let rest = text;
  for (let done = 0n; done < most; done++) {
    const at = rest.indexOf(old);
    if (at < 0) break;
    result += rest.slice(0, at) + by;
    rest = rest.slice(at + old.length);
  }
  return result + rest;
}

/** `%s`, `%d`, `%f`, `%e`, `%b`, `%x`, `%X`, `%o` and `%%`. */
function formatted(form: string, values: readonly unknown[]): string {
  let next = 0;
  return form.replace(/%(?:\.(\d+))?([sdfebxXo%])/g, (_, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    if (next >= values.length) throw new Error(`index ${next} out of range`);
    return verbText(verb, values[next++], precision === undefined ? 6 : Number(precision));
  });
}

function verbText(verb: string, value: unknown, precision: number): string {
  switch (verb) {
    case 'f':
      return Number(value).toFixed(precision);
    case 'e':
      return Number(value)
        .toExponential(precision)
        .replace(/e([+-])(\d)$/, 'e$10$2');
    case 'b':
      return typeof value === 'boolean' ? String(Number(value)) : radix(value, 2);
    case 'o':
      return radix(value, 8);
    case 'x':
      return typeof value === 'string' ? Buffer.from(value).toString('hex') : radix(value, 16);
    case 'X':
      return verbText('x', value, precision).toUpperCase();
    default:
      return shown(value);
  }
}

function radix(value: unknown, base: number): string {
  return typeof value === 'bigint' ? value.toString(base) : Number(value).toString(base);
}

function shown(value: unknown): string {
  if (value instanceof Map)
    return `{${[...value]
      .map(([key, inner]) => `${shown(key)}: ${shown(inner)}`)
      .sort()
      .join(', ')}}`;
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (value instanceof Duration) return `${Number(value) / 1000}s`;
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  return String(value);
}
