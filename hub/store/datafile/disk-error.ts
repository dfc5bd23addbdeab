// Errors of the disk, in words that tell an operator what to do.

import { StoreError } from '../store.ts';

const advice: Record<string, string> = {
  ENOSPC: 'the disk is full: free some space and start again',
  EDQUOT: 'the disk quota is used up: free some space and start again',
  EFBIG: 'the file may not grow further: raise the file size limit and start again',
  EROFS: 'the file system is read-only: remount it writable (after errors of the disk, check it first)',
  EACCES: 'permission denied: give this user read and write access',
  EPERM: 'not permitted: give this user read and write access',
  EIO: 'the disk reports an error: check it, replace it when in doubt, and restore a backup',
  ENOTDIR: 'a part of the path is not a directory',
};

/** `doing` what to `path` failed: an 'unusable' with the cause. A StoreError passes as it is. */
export function unusable(doing: string, path: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const why = advice[errorCode(cause)] ?? (cause instanceof Error ? cause.message : String(cause));
  return new StoreError('unusable', `cannot ${doing} ${path}: ${why}`, undefined, { cause });
}

/** e.g. `ENOENT`; '' for errors that have no code. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
