// Patches come from outside: no key may reach an object's prototype.

import { ApiError } from './errors.ts';

/** Deeper than any object of the API, and less than the stack allows. */
const maxDepth = 1000;

/** Throws ApiError BadRequest if `__proto__` is a key anywhere in the patch, or if it is nested too deeply. */
export function refuseReservedKeys(patch: unknown, depth = 0): void {
  if (typeof patch !== 'object' || patch === null) return;
  if (depth > maxDepth) throw new ApiError('BadRequest', `the patch is nested more than ${maxDepth} deep`);
  if (Object.hasOwn(patch, '__proto__')) throw reservedKey();
  for (const value of Object.values(patch)) refuseReservedKeys(value, depth + 1);
}

/** `constructor` and `prototype` are ordinary keys of data: everything here reads and writes own fields only. */
export function reservedKey(): ApiError {
  return new ApiError('BadRequest', 'the key "__proto__" is not allowed in a patch');
}
