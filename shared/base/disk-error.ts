// Errors of the disk, in words that tell an operator what to do.

import { UserError } from './user-error.ts';

const advice: Record<string, string> = {
  ENOSPC: 'the disk is full: free some space and start again',
  EDQUOT: 'the disk quota is used up: free some space and start again',
  EFBIG: 'the file may not grow further: raise the file size limit and start again',
  EROFS: 'the file system is read-only: remount it writable (after errors of the disk, check it first)',
  EACCES: 'permission denied: give this user read and write access',
  EPERM: 'not permitted: give this user read and write access',
  EIO: 'the disk reports an error: check it, replace it when in doubt, and restore a backup',
  ENOTDIR: 'a part of the path is not a directory',
  EISDIR: 'it is a directory, not a file',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'the path is too long',
};

/** e.g. `ENOENT`; '' for errors that have no code. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Why the disk refused, and what to do about it. */
export function diskReason(error: unknown): string {
  return advice[errorCode(error)] ?? (error instanceof Error ? error.message : String(error));
}

/** A UserError for what the disk refuses and a person can mend; any other error as it is. */
export function explainDisk(error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error) || !(errorCode(error) in advice)) return error;
  const doing = 'path' in error ? `${error.syscall} ${error.path}` : `${error.syscall}`;
  return new UserError(`cannot ${doing}: ${diskReason(error)}`, { cause: error });
}
