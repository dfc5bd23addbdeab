// How deep a body may go, and how much may be in it. All that walks over objects afterwards does so on the stack, and
// nobody else is served meanwhile.

import { ApiError } from '../../shared/machinery/index.ts';

/** Deeper than any object of the API; a fraction of what the stack allows. */
const deepest = 1000;
/**
 * Fields, and items of lists but for numbers, which are owned by the list. With their managed fields so many are more than
 * upstream's store takes.
 */
const mostValues = 100_000;

/** Throws BadRequest for JSON that is nested too deeply, RequestEntityTooLarge for too many values. */
export function refuseBeyondBounds(value: unknown): void {
  countValues(value, 0, 0);
}

/** How many there are with those before. */
function countValues(value: unknown, depth: number, before: number): number {
  if (typeof value !== 'object' || value === null) return before;
  if (depth > deepest)
    throw new ApiError('BadRequest', `the body of the request is nested more than ${deepest} deep`);
  let count = before;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (typeof item === 'number') continue;
      count = countValues(item, depth + 1, count + 1);
      if (count > mostValues) throw tooMany();
    }
    return count;
  }
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    const field: unknown = Reflect.get(value, key);
    count = countValues(field, depth + 1, count + 1);
    if (count > mostValues) throw tooMany();
  }
  return count;
}

function tooMany(): ApiError {
  const message = `Request entity too large: the body holds more than ${mostValues} values`;
  return new ApiError('RequestEntityTooLarge', message);
}
