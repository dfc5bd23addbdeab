// `--validate`: what the server is to do about fields that it does not know.

import { UserError } from '../../../shared/base/index.ts';

/** The value of the query parameter `fieldValidation`. Throws UserError. */
export function fieldValidation(text: string): 'Strict' | 'Warn' | 'Ignore' {
  switch (text) {
    case 'strict':
    case 'true':
      return 'Strict';
    case 'warn':
      return 'Warn';
    case 'ignore':
    case 'false':
      return 'Ignore';
    default:
      throw new UserError(
        `invalid - validate option ${JSON.stringify(text)}; must be one of: strict (or true), warn, ignore (or false)`,
      );
  }
}
