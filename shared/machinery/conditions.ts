// Conditions in a status: one per type, and the time of the last change of `status`.

/** What every Kind's condition has in common. */
export interface ConditionLike {
  type: string;
  status: string;
  lastTransitionTime?: string | undefined;
}

export function findCondition<C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function isConditionTrue(conditions: readonly ConditionLike[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

/**
 * The list with `next` in place of the condition of its type, or at the end. Its lastTransitionTime becomes `now`
 * (RFC 3339) when the status changes, and stays else. Fields that `next` does not name stay as they are.
 * Answers `conditions` itself when nothing changed: compare with `===`.
 */
export function setCondition<C extends ConditionLike>(
  conditions: C[] | undefined,
  next: C,
  now: string,
): C[] {
  const old = findCondition(conditions, next.type);
  if (!conditions || !old) return [...(conditions ?? []), { ...next, lastTransitionTime: now }];
  const lastTransitionTime = old.status === next.status ? old.lastTransitionTime : now;
  const merged = { ...old, ...next, lastTransitionTime };
  if (sameFields(old, merged)) return conditions;
  return conditions.map((condition) => (condition.type === next.type ? merged : condition));
}

function sameFields(old: object, merged: object): boolean {
  const known = new Map(Object.entries(old));
  return Object.entries(merged).every(([key, value]) => known.get(key) === value);
}

/** The list without the condition of that type; the list itself if there is none. */
export function removeCondition<C extends ConditionLike>(conditions: C[], type: string): C[] {
  return findCondition(conditions, type)
    ? conditions.filter((condition) => condition.type !== type)
    : conditions;
}
