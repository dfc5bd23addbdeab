// The JSON merge patch of an apply, for Kinds without rules: k8s.io/apimachinery/pkg/util/jsonmergepatch.

import { deepEqual, isRecord, type JsonObject } from '../../../shared/machinery/index.ts';

/**
 * What turns `current` into `modified`, and takes away what `original` (the last applied) had and `modified` has not.
 * Empty: there is nothing to do.
 */
export function planMergePatch(original: JsonObject, modified: JsonObject, current: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const key of Object.keys(original)) if (!Object.hasOwn(modified, key)) patch[key] = null;
  for (const [key, value] of Object.entries(modified)) {
    const [before, now] = [original[key], current[key]];
    if (isRecord(value) && isRecord(now)) {
      const inner = planMergePatch(isRecord(before) ? before : {}, value, now);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (!deepEqual(value, now)) patch[key] = value;
  }
  return patch;
}
