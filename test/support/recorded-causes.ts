// Compares causes of a refusal with recorded ones: values that only Go prints alike count as equal where they are the same
// value, and all else of the sentence is the same.

import { isRecord, Quantity, type StatusCause } from '../../shared/machinery/index.ts';

/** A Go value, which nobody outside Go prints alike: `core.Probe{…}`, `map[string]string(nil)`. */
const goValue =
  /^(?:Invalid|Unsupported|Duplicate) value: (?:\*?[a-z0-9]+\.[A-Z]|\[\]|map\[).*?(?:\}|\(nil\))(?:: (?=[^{}]*$)|$)/;

export function isGo({ message = '' }: StatusCause): boolean {
  return goValue.test(message);
}

/** What was found, in Go's words where the same is said of another spelling of the same value. */
export function alike(found: readonly StatusCause[], wanted: readonly StatusCause[]): StatusCause[] {
  return found.map((cause, position) => {
    const other = wanted[position];
    if (!other?.message || !isGo(other) || !saysTheSame(cause.message ?? '', other.message)) return cause;
    return { ...cause, message: other.message };
  });
}

function saysTheSame(ours: string, theirs: string): boolean {
  const [kind = ''] = /^\w+ value: /.exec(theirs) ?? [];
  const detail = theirs.replace(goValue, '');
  const end = detail && `: ${detail}`;
  if (!ours.startsWith(kind) || !ours.endsWith(end)) return false;
  const inside = (message: string) => message.slice(kind.length, message.length - end.length);
  return isSameValue(inside(ours), inside(theirs));
}

/** Addresses, amounts within other values, definitions (whose schema stands elsewhere in Go): they don't say what is there. */
const hiding = /\(0x[0-9a-f]+\)|resource\.Quantity|apiextensions\.CustomResourceDefinitionVersion/;

/** JSON (or Go, as we print it) and Go. */
function isSameValue(ours: string, theirs: string): boolean {
  const value = parsed(ours);
  // Newer versions add labels, and prefixes to them.
  if (value === undefined)
    return stringsIn(theirs).every((text) => ours.includes(text) || ours.includes(`/${text.slice(1)}`));
  if (theirs.startsWith('resource.Quantity')) return quantityIn(theirs).equals(Quantity.parse(String(value)));
  if (theirs.startsWith('[]byte')) return theirs === bytesText(String(value));
  if (value === 'null') return theirs.endsWith('(nil)');
  const isHidden = hiding.test(theirs);
  return isHidden || leavesOf(value).every((leaf) => theirs.includes(leaf));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function stringsIn(text: string): string[] {
  return (text.match(/"[^"]*"/g) ?? []).filter((each) => each !== '"UID"');
}

function leavesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  return isRecord(value) ? Object.values(value).flatMap(leavesOf) : [JSON.stringify(value)];
}

/** `resource.Quantity{i:resource.int64Amount{value:15, scale:-1}, …}` */
function quantityIn(text: string): Quantity {
  const [, value = '', scale = ''] = /value:(-?\d+), scale:(-?\d+)/.exec(text) ?? [];
  return Quantity.parse(`${value}e${scale}`);
}

function bytesText(base64: string): string {
  const bytes = [...Buffer.from(base64, 'base64')].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`);
  return `[]byte{${bytes.join(', ')}}`;
}

/** Upstream checks some things twice in an update, and says them twice. */
export function unique(causes: readonly StatusCause[]): StatusCause[] {
  const texts = new Set(causes.map((cause) => JSON.stringify(cause)));
  return [...texts].map((text) => JSON.parse(text));
}
