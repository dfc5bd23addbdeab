// Whether an object is what a scope's selectors ask for, judged where it arrives: topics know neither labels nor fields.

import {
  isRecord,
  type KubeObject,
  ownField,
  parseFieldSelector,
  parseLabelSelector,
} from '../machinery/index.ts';

export interface Selectors {
  labelSelector?: string;
  fieldSelector?: string;
}

/** Throws `BadRequest` for a selector that cannot be read. Every field label of ours is the path of a field. */
export function selectionOf({ labelSelector, fieldSelector }: Selectors): (object: KubeObject) => boolean {
  const labels = labelSelector === undefined ? undefined : parseLabelSelector(labelSelector);
  const fields = fieldSelector === undefined ? undefined : parseFieldSelector(fieldSelector);
  return (object) =>
    (labels?.matches(object.metadata?.labels ?? {}) ?? true) &&
    (fields?.matches((path) => textAt(object, path)) ?? true);
}

/** Empty for what is absent. */
function textAt(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const name of path.split('.')) value = isRecord(value) ? ownField(value, name) : undefined;
  return value === undefined || value === null ? '' : String(value);
}
