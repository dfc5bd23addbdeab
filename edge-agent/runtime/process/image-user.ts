// Who an image says its processes are: `user`, `uid`, each with `:group` if it likes, looked up in the image's own files.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveInside } from '../images/index.ts';
import { RuntimeFailure } from '../runtime.ts';

export interface ImageUser {
  uid: number;
  gid: number;
  groups: number[];
  home: string;
}

/** `files`: of the image. Throws RuntimeFailure(CreateContainerError) for a name that the image does not know. */
export function imageUser(user: string, files: string): ImageUser {
  const [name = '', group] = user.split(':');
  const passwd = linesOf(files, '/etc/passwd').find(
    ([login, , uid]) => login === (name || 'root') || (isNumber(name) && uid === name),
  );
  if (!passwd && name !== '' && !isNumber(name)) throw unknown(`unable to find user ${name}`);
  const uid = passwd ? Number(passwd[2]) : Number(name);
  const groupLines = linesOf(files, '/etc/group');
  const gid = group ? gidOf(group, groupLines) : Number(passwd?.[3] ?? 0);
  const groups = group
    ? []
    : groupLines
        .filter(([, , , members = '']) => passwd && members.split(',').includes(passwd[0] ?? ''))
        .map(([, , number]) => Number(number));
  return { uid, gid, groups, home: passwd?.[5] || '/' };
}

const isNumber = (word: string) => /^\d+$/.test(word);

function gidOf(group: string, lines: readonly string[][]): number {
  if (isNumber(group)) return Number(group);
  const line = lines.find(([name]) => name === group);
  if (!line) throw unknown(`unable to find group ${group}`);
  return Number(line[2]);
}

function unknown(why: string): RuntimeFailure {
  return new RuntimeFailure('CreateContainerError', `${why}: no matching entries in the image's files`);
}

function linesOf(files: string, path: string): string[][] {
  try {
    const text = readFileSync(join(files, resolveInside(files, path)), 'utf8');
    return text.split('\n').map((line) => line.split(':'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
