// A store that cannot serve is not a bug of the request: clients are told to come back, or what is too much.

import { ApiError, type Reason } from '../../shared/machinery/index.ts';
import { StoreError, type StoreErrorCode } from '../store/index.ts';

const reasons: Partial<Record<StoreErrorCode, Reason>> = {
  closed: 'ServiceUnavailable',
  unusable: 'ServiceUnavailable',
  unavailable: 'ServiceUnavailable',
  unknown: 'Timeout',
  'too-large': 'RequestEntityTooLarge',
};

/** The API's error for what the store itself cannot do, Conflict behind a fence; everything else as it is. */
export function asApiError(error: unknown): unknown {
  if (error instanceof StoreError && error.code === 'overtaken')
    return new ApiError('Conflict', `another hub leads now (${error.message})`, undefined, { cause: error });
  const reason = error instanceof StoreError && reasons[error.code];
  if (!reason) return error;
  return new ApiError(reason, error.message, undefined, { cause: error });
}
