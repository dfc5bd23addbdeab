// How deep a body may go. All that walks over objects afterwards does so on the stack.

import { ApiError } from '../../shared/machinery/index.ts';

/** Deeper than any object of the API; a fraction of what the stack allows. */
const deepest = 1000;

/** Throws BadRequest for JSON that is nested too deeply. */
export function refuseDepth(value: unknown, depth = 0): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > deepest)
    throw new ApiError('BadRequest', `the body of the request is nested more than ${deepest} deep`);
  for (const child of Object.values(value)) refuseDepth(child, depth + 1);
}
