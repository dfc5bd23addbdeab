// Bearer tokens of people and programs, in kube-apiserver's static token file: `token,user,uid,"group1,group2"` a line.
// The file is read again when it has changed, so that a token can be added or taken back without a restart.

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Logger } from '../../../shared/base/index.ts';
import type { UserInfo } from '../request.ts';
import type { Authenticator } from './authenticate.ts';

/** Parses the file's text. Answers the users by the token's SHA-256, and what is wrong, with line numbers. */
export function parseTokenFile(text: string): { users: Map<string, UserInfo>; faults: string[] } {
  const users = new Map<string, UserInfo>();
  const faults: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (!line.trim() || line.startsWith('#')) continue;
    const [token, name, uid, groups] = cells(line);
    if (!token || !name) {
      faults.push(`line ${index + 1}: wants token,user,uid and perhaps "group1,group2"`);
      continue;
    }
    users.set(digest(token), {
      name,
      ...(uid && { uid }),
      groups: (groups ?? '')
        .split(',')
        .map((group) => group.trim())
        .filter(Boolean),
    });
  }
  return { users, faults };
}

/** The cells of one CSV line; a cell with commas stands in double quotes. */
function cells(line: string): string[] {
  return [...line.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    (quoted?.replaceAll('""', '"') ?? plain ?? '').trim(),
  );
}

const digest = (token: string) => createHash('sha256').update(token).digest('hex');

export function tokenFileAuthenticator({ path, log }: { path: string; log: Logger }): Authenticator {
  let known = { modified: -1, users: new Map<string, UserInfo>() };

  async function users(): Promise<Map<string, UserInfo>> {
    const { mtimeMs } = await stat(path);
    if (mtimeMs !== known.modified) {
      const parsed = parseTokenFile(await readFile(path, 'utf8'));
      for (const fault of parsed.faults) log.warn({ path, fault }, 'token file: a line was left out');
      known = { modified: mtimeMs, users: parsed.users };
    }
    return known.users;
  }

  return {
    name: 'token-file',
    async authenticate({ token }) {
      if (token === undefined) return undefined;
      // Looked up by digest: how long it takes says nothing about how much of a token was right.
      return (await users()).get(digest(token));
    },
  };
}
