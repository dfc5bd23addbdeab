// An error that a person can mend: its message is all they are shown, in one line, with exit code 1 and no stack.

export class UserError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UserError';
  }
}
