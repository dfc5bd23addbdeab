// An object of a test with one thing different.

/** A copy with one field, by its path (`spec.containers.0.name`), set to something else. */
export function changed<T extends object>(object: T, path: string, value: unknown): T {
  const copy = structuredClone(object);
  const names = path.split('.');
  const last = names.pop() ?? '';
  const at = names.reduce<Record<string, unknown>>(
    (place, name) => Object(place[name] ?? Object.assign(place, { [name]: {} })[name]),
    Object(copy),
  );
  at[last] = value;
  return copy;
}
