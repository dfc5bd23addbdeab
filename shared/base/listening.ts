// What goes wrong when a program wants to listen, as one line that says what to do.

import { UserError } from './user-error.ts';

/** A UserError for what a person can mend, naming the flag to use; any other error as it is. */
export function explainListening(error: unknown, bind: string, port: number, flag: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'EADDRINUSE') {
    return new UserError(
      `port ${port} on ${bind} is in use: stop what uses it, or choose another with ${flag}`,
    );
  }
  if (error.code === 'EACCES')
    return new UserError(`port ${port} is not allowed for this user: choose one above 1023 with ${flag}`);
  if (['ENOTFOUND', 'EAI_AGAIN', 'EAI_NONAME'].includes(`${error.code}`))
    return new UserError(`${bind} is no address, and no name of one: choose another with --bind`);
  if (error.code === 'EADDRNOTAVAIL')
    return new UserError(`${bind} is no address of this machine: choose another with --bind`);
  return error;
}
