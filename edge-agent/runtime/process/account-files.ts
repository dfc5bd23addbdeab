// The files in which an image that lies unpacked on the board says whom it knows.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountFiles } from '../image-user.ts';
import { resolveInside } from '../images/index.ts';

/** `files`: where it lies. */
export function accountFiles(files: string): AccountFiles {
  return { passwd: textOf(files, '/etc/passwd'), group: textOf(files, '/etc/group') };
}

function textOf(files: string, path: string): string {
  try {
    return readFileSync(join(files, resolveInside(files, path)), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
