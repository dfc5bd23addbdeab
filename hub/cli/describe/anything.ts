// `kelp describe` of a Kind that has no description of its own: its fields, by name.

import { isRecord } from '../../../shared/machinery/index.ts';
import { textAt, textsAt } from '../json.ts';
import { goNumber } from '../printers/go-json.ts';
import type { DescribeText } from './describe-text.ts';
import type { Describer } from './describer.ts';

const shownAbove = new Set([
  '.metadata.managedFields',
  '.metadata.name',
  '.metadata.namespace',
  '.metadata.labels',
  '.metadata.annotations',
]);
const acronyms = new Set(['API', 'URL', 'UID', 'OSB', 'GUID']);

export const describeAnything: Describer = async (text, object) => {
  text.line(0, 'Name:', textAt(object, 'metadata', 'name'));
  text.line(0, 'Namespace:', textAt(object, 'metadata', 'namespace'));
  text.labels('Labels', textsAt(object, 'metadata', 'labels'));
  text.annotations('Annotations', textsAt(object, 'metadata', 'annotations'));
  describeFields(text, 0, object, '');
};

function describeFields(
  text: DescribeText,
  level: number,
  object: Readonly<Record<string, unknown>>,
  path: string,
): void {
  for (const field of Object.keys(object).sort()) {
    const at = `${path}.${field}`;
    if (shownAbove.has(at)) continue;
    const value = object[field];
    const label = labelOf(field);
    if (isRecord(value)) {
      text.line(level, `${label}:`);
      describeFields(text, level + 1, value, at);
    } else if (Array.isArray(value)) {
      text.line(level, `${label}:`);
      for (const item of value) {
        if (isRecord(item)) describeFields(text, level + 1, item, at);
        else text.line(level + 1, plain(item));
      }
    } else text.line(level, `${label}:`, plain(value));
  }
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  return typeof value === 'number' ? goNumber(value) : String(value);
}

/** `clusterIP` → `Cluster IP`; names with anything but letters stay as they are. */
function labelOf(field: string): string {
  if (/[^\p{L}-]/u.test(field)) return field;
  const parts = field.match(/-+|\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{L}/gu) ?? [field];
  return parts
    .map((part) =>
      acronyms.has(part.toUpperCase()) ? part.toUpperCase() : `${part[0]?.toUpperCase()}${part.slice(1)}`,
    )
    .join(' ');
}
