// How Go prints values: some texts of upstream contain them.

import type { Taint, Toleration } from 'kubernetes-types/core/v1';
import type { LabelSelector, LabelSelectorRequirement } from 'kubernetes-types/meta/v1';
import { isRecord } from './json-object.ts';

const named: Record<string, string> = { '\x07': '\\a', '\v': '\\v' };

/** As %v: `map[a:1 b:[x y]]`, `<nil>`. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (!isRecord(value)) return String(value);
  const fields = Object.keys(value).sort();
  return `map[${fields.map((key) => `${key}:${goText(value[key])}`).join(' ')}]`;
}

/** A value in the form in which a fault is to show it. */
export class GoText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** As %#v: `[]string{"a", "b"}`, or of what type Go has them. */
export function goStrings(values: readonly string[], type = 'string'): string {
  return `[]${type}{${values.map(goQuoted).join(', ')}}`;
}

/** A list of strings that have a type of their own in Go. */
export function goList(values: readonly string[], type: string): GoText {
  return new GoText(goStrings(values, type));
}

/** Labels as %#v: `map[string]string{"a":"b"}`. */
export function goLabels(labels: Readonly<Record<string, string>> | undefined): GoText {
  if (!labels) return new GoText('map[string]string(nil)');
  const pairs = Object.keys(labels).sort();
  const shown = pairs.map((key) => `${goQuoted(key)}:${goQuoted(labels[key] ?? '')}`);
  return new GoText(`map[string]string{${shown.join(', ')}}`);
}

/** A label selector as %#v. */
export function goSelector({ matchLabels, matchExpressions }: LabelSelector): GoText {
  const type = 'v1.LabelSelectorRequirement';
  const one = ({ key = '', operator = '', values }: LabelSelectorRequirement) => {
    const listed = values ? goStrings(values) : '[]string(nil)';
    return `${type}{Key:${goQuoted(key)}, Operator:${goQuoted(operator)}, Values:${listed}}`;
  };
  const expressions = matchExpressions ? `{${matchExpressions.map(one).join(', ')}}` : '(nil)';
  return new GoText(
    `v1.LabelSelector{MatchLabels:${goLabels(matchLabels).text}, MatchExpressions:[]${type}${expressions}}`,
  );
}

/** A pointer to a label selector as %+v. */
export function goSelectorPointer(selector: LabelSelector | undefined): string {
  if (!selector) return 'nil';
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const labels = Object.keys(matchLabels)
    .sort()
    .map((key) => `${key}: ${matchLabels[key]},`);
  const expressions = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}

/** A struct that has strings only, as %#v. `fields` in the order of Go's. */
export function goStruct(type: string, fields: Readonly<Record<string, string | undefined>>): GoText {
  return new GoText(`${type}{${goFields(fields)}}`);
}

function goFields(fields: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(fields)
    .map(([field, value = '']) => `${field}:${goQuoted(value)}`)
    .join(', ');
}

/** A toleration as %#v; its time as it is, where Go tells the place in memory. */
export function goToleration({
  key = '',
  operator = '',
  value = '',
  effect = '',
  ...rest
}: Toleration): GoText {
  const strings = goFields({ Key: key, Operator: operator, Value: value, Effect: effect });
  const seconds =
    rest.tolerationSeconds === undefined ? '(*int64)(nil)' : `(*int64)(${rest.tolerationSeconds})`;
  return new GoText(`core.Toleration{${strings}, TolerationSeconds:${seconds}}`);
}

/** A taint as %#v; its time as it was sent. */
export function goTaint({ key, value, effect, timeAdded }: Taint): GoText {
  const strings = goFields({ Key: key, Value: value, Effect: effect });
  return new GoText(`core.Taint{${strings}, TimeAdded:${timeAdded ?? '<nil>'}}`);
}

/** An IntOrString as %#v. */
export function goIntOrString(value: number | string): GoText {
  const [type, number, text] = typeof value === 'string' ? [1, 0, value] : [0, value, ''];
  return new GoText(`intstr.IntOrString{Type:${type}, IntVal:${number}, StrVal:${goQuoted(text)}}`);
}

/** A JSON value of no type of its own as %#v: `map[string]interface {}{"a":1}`. */
export function goUntyped(value: unknown): GoText {
  return new GoText(untyped(value));
}

function untyped(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value === 'string') return goQuoted(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(untyped).join(', ')}}`;
  if (!isRecord(value)) return String(value);
  const fields = Object.keys(value).sort();
  return `map[string]interface {}{${fields.map((key) => `${goQuoted(key)}:${untyped(value[key])}`).join(', ')}}`;
}

/** Errors as Go puts several together: `[a, b]`; one stays as it is. */
export function goErrors(texts: readonly string[]): string {
  const all = texts.join(', ');
  return texts.length === 1 ? all : `[${all}]`;
}

/** Go's name for a JSON value as it was sent, e.g. `array`. */
export function jsonKind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** Go's name for the kind of a JSON value that was read, e.g. `slice`. */
export function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'slice';
  switch (typeof value) {
    case 'object':
      return 'map';
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64';
    case 'boolean':
      return 'bool';
    default:
      return 'string';
  }
}

/** As %q: in double quotes; what cannot be printed is escaped. */
export function goQuoted(text: string): string {
  return JSON.stringify(text)
    .replace(/\\u00([01][0-9a-f])/g, (_, hex: string) => {
      return named[String.fromCharCode(Number.parseInt(hex, 16))] ?? `\\x${hex}`;
    })
    .replace(/(?! )[\p{C}\p{Z}]/gu, escaped);
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code > 0xffff
    ? `\\U${code.toString(16).padStart(8, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
