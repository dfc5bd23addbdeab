// Objects of the cache are shared by everyone who reads them: frozen to the last leaf.

/** Freezes a JSON tree and answers it. A subtree that is frozen at its root is taken as wholly frozen. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const child of Object.values(value)) deepFreeze(child);
  return value;
}
