// One step of a field path, in the form that managedFields has on the wire: `f:name`, `k:{"name":"x"}`, `v:"x"`, `i:3`.
// The text is canonical (keys sorted, Go's JSON), so that equal steps are equal strings.

import { escapedJson } from '../go-json-text.ts';
import { isRecord } from '../json-object.ts';

/** A field of an object, an item of a list by its keys, by its value, or by its position. */
export type PathElement = string;

export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

/** An item of a list of maps. `keys` need not be sorted. */
export function keyElement(keys: readonly (readonly [name: string, value: unknown])[]): PathElement {
  const sorted = keys.length > 1 ? [...keys].sort(([left], [right]) => compareText(left, right)) : keys;
  return `k:{${sorted.map(([name, value]) => `${goJson(name)}:${goJson(value)}`).join(',')}}`;
}

/** An item of a set. */
export function valueElement(value: unknown): PathElement {
  return `v:${goJson(value)}`;
}

export function indexElement(index: number): PathElement {
  return `i:${index}`;
}

/** The canonical form of a step that was sent; undefined: a kind of step that a later version may know. Throws Error. */
export function parseElement(text: string): PathElement | undefined {
  if (text.length < 2) throw new Error('key must be 2 characters long:');
  if (text[1] !== ':') throw new Error(`missing colon: ${text}`);
  const rest = text.slice(2);
  switch (text[0]) {
    case 'f':
      return text;
    case 'v':
      return valueElement(JSON.parse(rest));
    case 'k': {
      const keys: unknown = JSON.parse(rest);
      if (!isRecord(keys)) throw new Error(`not an object of keys: ${text}`);
      return keyElement(Object.entries(keys));
    }
    case 'i':
      if (!/^[-+]?\d+$/.test(rest)) throw new Error(`strconv.Atoi: parsing ${goJson(rest)}: invalid syntax`);
      return indexElement(Number(rest));
    default:
      return undefined;
  }
}

/** As upstream orders them: fields, then keyed items, values, positions; each kind by its content. */
export function sortedElements(elements: Iterable<PathElement>): PathElement[] {
  const all = [...elements];
  if (all.length < 2) return all;
  // Mostly they are all fields, which the engine sorts faster.
  if (all.every((element) => element.startsWith('f'))) return all.sort();
  return all
    .map(readElement)
    .sort(compareElements)
    .map(({ element }) => element);
}

const kinds = 'fkvi';

interface ReadElement {
  element: PathElement;
  kind: number;
  /** Of an item: its position, its value, or its keys with their values. */
  content: unknown;
  keys: readonly (readonly [string, unknown])[];
}

function readElement(element: PathElement): ReadElement {
  const kind = kinds.indexOf(element.charAt(0));
  const content: unknown = kind === 0 ? undefined : JSON.parse(element.slice(2));
  return { element, kind, content, keys: element.startsWith('k') ? entriesOf(content) : [] };
}

function compareElements(left: ReadElement, right: ReadElement): number {
  if (left.kind !== right.kind) return left.kind - right.kind;
  if (left.kind === 0) return compareText(left.element, right.element);
  return left.element.startsWith('k')
    ? compareKeys(left.keys, right.keys)
    : compareValues(left.content, right.content);
}

function compareKeys(ours: ReadElement['keys'], theirs: ReadElement['keys']): number {
  for (let at = 0; at < ours.length && at < theirs.length; at += 1) {
    const [name = '', value] = ours[at] ?? [];
    const [otherName = '', otherValue] = theirs[at] ?? [];
    const order = compareText(name, otherName) || compareValues(value, otherValue);
    if (order !== 0) return order;
  }
  return ours.length - theirs.length;
}

function entriesOf(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : [];
}

/** Numbers before strings before booleans, as structured-merge-diff orders values. */
function compareValues(left: unknown, right: unknown): number {
  const order = rankOf(left) - rankOf(right);
  if (order !== 0) return order;
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'boolean') return Number(left) - Number(right);
  return compareText(goJson(left), goJson(right));
}

function rankOf(value: unknown): number {
  return ['number', 'string', 'boolean'].indexOf(typeof value) >>> 0;
}

export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A path as messages show it: `.spec.containers[name="c"].image`. */
export function pathText(path: readonly PathElement[]): string {
  return path.map(elementText).join('');
}

/** `.image`, `[name="c"]`, `[="x"]`, `[3]`. */
export function elementText(element: PathElement): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${rest}`;
    case 'k': {
      const keys = entriesOf(JSON.parse(rest)).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
      return `[${keys.join(',')}]`;
    }
    case 'v':
      return `[=${JSON.stringify(JSON.parse(rest))}]`;
    default:
      return `[${rest}]`;
  }
}

/** JSON as Go writes it: safe to be put into HTML. */
export function goJson(value: unknown): string {
  return escapedJson(JSON.stringify(value));
}
