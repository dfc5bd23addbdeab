// A mistake that the person at the terminal can mend.

/** Printed as its one-line message, without a stack; the process exits with `exitCode`. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly exitCode: number = 1;
}
