// Who an image says its processes are: `user`, `uid`, each with `:group` if it likes, looked up in the image's own files. Pure.

import { RuntimeFailure } from './runtime.ts';

/** What an image's files of these names say; empty: it has none. */
export interface AccountFiles {
  passwd: string;
  group: string;
}

export interface ImageUser {
  uid: number;
  gid: number;
  groups: number[];
  home: string;
}

/** Throws RuntimeFailure(CreateContainerError) for a name that the image does not know. */
export function imageUser(user: string, files: AccountFiles): ImageUser {
  const [name = '', group] = user.split(':');
  const passwd = linesOf(files.passwd).find(
    ([login, , uid]) => login === (name || 'root') || (isNumber(name) && uid === name),
  );
  if (!passwd && name !== '' && !isNumber(name)) throw unknown(`unable to find user ${name}`);
  const uid = passwd ? Number(passwd[2]) : Number(name);
  const groupLines = linesOf(files.group);
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

const linesOf = (text: string) => text.split('\n').map((line) => line.split(':'));
