// A store that cannot serve is not a bug of the request: clients are told to come back.

import { ApiError } from '../../shared/machinery/index.ts';
import { StoreError } from '../store/index.ts';

/** The ServiceUnavailable for a store that is closed or unusable, Conflict behind a fence; everything else as it is. */
export function asApiError(error: unknown): unknown {
  if (error instanceof StoreError && error.code === 'overtaken')
    return new ApiError('Conflict', `another hub leads now (${error.message})`, undefined, { cause: error });
  if (!(error instanceof StoreError) || (error.code !== 'closed' && error.code !== 'unusable')) return error;
  return new ApiError('ServiceUnavailable', error.message, undefined, { cause: error });
}
