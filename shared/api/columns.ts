// Columns of tables: a short way to write one, and those that most Kinds have.

import type { KubeObject } from '../machinery/index.ts';
import type { Column } from './resource.ts';

export { ageColumn, nameColumn } from './core/pod-template-columns.ts';

/** A column of text; `wide`: only with `-o wide`. */
export function textColumn<T extends KubeObject>(
  name: string,
  description: string,
  cell: Column<T>['cell'],
  wide?: 'wide',
): Column<T> {
  return { name, type: 'string', format: '', description, priority: wide ? 1 : 0, cell };
}

/** A column of whole numbers. */
export function integerColumn<T extends KubeObject>(
  name: string,
  description: string,
  cell: (object: T) => number,
): Column<T> {
  return { name, type: 'integer', format: '', description, priority: 0, cell };
}

/** At most three items, and how many more there are; `empty` for none. */
export function firstThree(items: readonly string[], empty: string): string {
  const shown = items.slice(0, 3).join(',');
  if (items.length > 3) return `${shown} + ${items.length - 3} more...`;
  return shown || empty;
}

/** As kubectl shows labels: sorted, `<none>` where there is none. */
export function formatLabels(labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key]}`);
  return pairs.join(',') || '<none>';
}
