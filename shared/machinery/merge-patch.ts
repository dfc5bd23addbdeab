// JSON Merge Patch (RFC 7386): null removes, objects merge, everything else replaces.

import { isRecord, type JsonObject, ownField } from './json-object.ts';
import { refuseReservedKeys } from './patch-guard.ts';

/**
 * The patched value. Neither argument is changed; unchanged subtrees are shared with the original. Throws ApiError
 * BadRequest for a patch that would reach a prototype.
 */
export function applyMergePatch(original: unknown, patch: unknown): unknown {
  refuseReservedKeys(patch);
  return merge(original, patch);
}

function merge(original: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const before: JsonObject = isRecord(original) ? original : {};
  const result: JsonObject = { ...before };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(ownField(before, key), value);
  }
  return result;
}
