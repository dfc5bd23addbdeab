// What controllers make of the API's refusals.

import { ApiError } from '../../shared/machinery/index.ts';

/** The answer, or undefined where the object has gone meanwhile. */
export async function orNothing<A>(asked: Promise<A>): Promise<A | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (ApiError.is(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** Nothing can be created in a namespace that is going away; what wanted to will go with it. */
export function isNamespaceTerminating(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') ?? false;
}
