// The name of this hub among those of its cluster: made at the first start, kept in `<data-dir>/hub-id`.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readIfThere, UserError, writeFileDurably } from '../../shared/base/index.ts';

const form = /^kelp-hub-[0-9a-f]{8}$/;

export async function hubId(dataDir: string): Promise<string> {
  const path = join(dataDir, 'hub-id');
  const known = (await readIfThere(path))?.trim();
  if (known === undefined) {
    const id = `kelp-hub-${randomBytes(4).toString('hex')}`;
    await writeFileDurably(path, `${id}\n`);
    return id;
  }
  if (!form.test(known))
    throw new UserError(`${path} holds no name of a hub: remove it, and the next start makes one`);
  return known;
}
