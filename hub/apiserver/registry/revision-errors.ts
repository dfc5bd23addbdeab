// What the store says about revisions, in the words of the API.

import { ApiError, type Status } from '../../../shared/machinery/index.ts';
import { StoreError } from '../../store/index.ts';

/** The 410 of a revision that is no longer kept. */
export function expired(revision: number): ApiError {
  return new ApiError('Expired', `The resourceVersion for the provided list is too old: ${revision}`);
}

export function tooOld(revision: number, oldest: number): ApiError {
  return new ApiError('Expired', `too old resource version: ${revision} (${oldest})`);
}

export function tooLarge(revision: number, current: number): ApiError {
  return new ApiError('Timeout', `Timeout: Too large resource version: ${revision}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

export function isCompacted(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'compacted';
}

/** A write that lost the race for its key. */
export function isWriteConflict(error: unknown): error is StoreError {
  return error instanceof StoreError && error.code === 'conflict';
}

/** With a token that reads on in what is there now. */
export function continueExpired(freshToken: string): ApiError {
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
    'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
    'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
    'deleted between the time the first chunk was returned and now may show up in the list.';
  return new ContinueExpired(freshToken, message);
}

class ContinueExpired extends ApiError {
  private readonly token: string;

  constructor(token: string, message: string) {
    super('Expired', message);
    this.token = token;
  }

  override toStatus(): Status {
    return { ...super.toStatus(), metadata: { continue: this.token } };
  }
}
