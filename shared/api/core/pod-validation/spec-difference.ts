// What differs between two specs, for a person to read: one line for the old value and one for the new of each field.

import { isRecord } from '../../../machinery/index.ts';

const mostLines = 40;
const longest = 200;

/** Lines like `- containers[0].command: null` and `+ containers[0].command: ["x"]`; '' when nothing differs. */
export function specDifference(before: unknown, after: unknown): string {
  const lines = [...differences(before, after, '')];
  const shown = lines.slice(0, mostLines);
  if (lines.length > mostLines) shown.push(`  ... // ${lines.length - mostLines} more lines`);
  return shown.join('\n');
}

function* differences(before: unknown, after: unknown, path: string): Generator<string> {
  if (same(before, after)) return;
  if (isRecord(before) && isRecord(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const key of keys) yield* differences(before[key], after[key], path ? `${path}.${key}` : key);
  } else if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    for (const [position, item] of before.entries()) {
      yield* differences(item, after[position], `${path}[${position}]`);
    }
  } else {
    yield `- ${path}: ${shownValue(before)}`;
    yield `+ ${path}: ${shownValue(after)}`;
  }
}

/** Equal, or both say nothing: an empty list is no list. */
function same(before: unknown, after: unknown): boolean {
  return before === after || (isEmpty(before) && isEmpty(after));
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

function shownValue(value: unknown): string {
  const text = value === undefined ? 'null' : JSON.stringify(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
