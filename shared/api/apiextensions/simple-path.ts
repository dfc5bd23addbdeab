// The simplest JSON paths, `.spec.replicas`: what the scale subresource, selectable fields and most columns need.

import { isRecord, ownField, setField } from '../../machinery/index.ts';

/** `.spec.replicas` → its names; undefined: it is not such a path. Dots within a name are written `\.` or `['a.b']`. */
export function fieldNamesOf(path: string): string[] | undefined {
  if (!path.startsWith('.')) return undefined;
  const names: string[] = [];
  let rest = path;
  while (rest) {
    const match = /^\.((?:[^.[\\]|\\.)+)|^\[['"]([^'"]+)['"]\]/.exec(rest);
    if (!match) return undefined;
    names.push((match[1] ?? match[2] ?? '').replaceAll(/\\(.)/g, '$1'));
    rest = rest.slice(match[0].length);
  }
  return names;
}

/** The value there; undefined: nothing. */
export function valueAt(object: unknown, names: readonly string[]): unknown {
  let value = object;
  for (const name of names) {
    if (!isRecord(value)) return undefined;
    value = ownField(value, name);
  }
  return value;
}

/** Sets the value in place, making the objects on the way there. */
export function setValueAt(object: Record<string, unknown>, names: readonly string[], value: unknown): void {
  let place = object;
  for (const name of names.slice(0, -1)) {
    const next = ownField(place, name);
    const inner = isRecord(next) ? next : {};
    if (inner !== next) setField(place, name, inner);
    place = inner;
  }
  const last = names.at(-1);
  if (last !== undefined) setField(place, last, value);
}
