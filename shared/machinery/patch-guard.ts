// Patches come from outside: no key may reach an object's prototype.

import { ApiError } from './errors.ts';

/** Throws ApiError BadRequest if `__proto__` is a key anywhere in the patch. */
export function refuseReservedKeys(patch: unknown): void {
  if (typeof patch !== 'object' || patch === null) return;
  if (Object.hasOwn(patch, '__proto__')) throw reservedKey();
  for (const value of Object.values(patch)) refuseReservedKeys(value);
}

/** `constructor` and `prototype` are ordinary keys of data: everything here reads and writes own fields only. */
export function reservedKey(): ApiError {
  return new ApiError('BadRequest', 'the key "__proto__" is not allowed in a patch');
}
