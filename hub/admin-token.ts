// The administrator's bearer token: made at the first start, in the file that the token authenticator reads.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readIfThere, UserError, writeFileDurably } from '../shared/base/index.ts';

const header = '# token,user,uid,"group1,group2" — read again whenever it changes\n';

export function tokenFileIn(dataDir: string): string {
  return join(dataDir, 'tokens.csv');
}

/** The first token in the file; the file is made where there is none. */
export async function adminToken(dataDir: string): Promise<string> {
  const path = tokenFileIn(dataDir);
  const text = await readIfThere(path);
  if (text === undefined) {
    const token = randomBytes(24).toString('base64url');
    await writeFileDurably(path, `${header}${token},kubernetes-admin,,"system:masters"\n`, 0o600);
    return token;
  }
  const line = text.split('\n').find((each) => each.trim() && !each.startsWith('#'));
  const token = line?.split(',', 1)[0]?.trim();
  if (!token) throw new UserError(`${path} holds no token: remove it, and the next start makes one`);
  return token;
}
