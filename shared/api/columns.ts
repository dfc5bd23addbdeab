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

/** At most three items, and how many more there are; `empty` for none. */
export function firstThree(items: readonly string[], empty: string): string {
  const shown = items.slice(0, 3).join(',');
  if (items.length > 3) return `${shown} + ${items.length - 3} more...`;
  return shown || empty;
}
