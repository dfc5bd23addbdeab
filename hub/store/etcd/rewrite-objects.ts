// Writes anew what stands in etcd as it would not be written today (another encryption key). Each object only if nobody
// has written it meanwhile, with the lease that it has.

import type { IKeyValue } from 'etcd3';
import type { StoredText } from '../stored-text.ts';
import type { EtcdConnection } from './connection.ts';
import { after, type KeySpace } from './key-space.ts';
import { decodeValue, encodeValue } from './value.ts';

interface Rewriting {
  connection: EtcdConnection;
  keys: KeySpace;
  text: StoredText;
}

const pageSize = 100;

/** Resolves when a whole round has found nothing to do. Rejects with an EtcdFailure. */
export async function rewriteObjects(rewriting: Rewriting): Promise<void> {
  while (await rewriteRound(rewriting));
}

/** False when all is current. */
async function rewriteRound({ connection, keys, text }: Rewriting): Promise<boolean> {
  let found = false;
  for (let range = keys.objects; ; ) {
    const { kvs, more } = await connection.range({ ...range, limit: pageSize });
    for (const kv of kvs) {
      const rewritten = rewrittenValue(keys, text, kv);
      if (!rewritten) continue;
      found = true;
      await replace(connection, kv, rewritten);
    }
    const last = kvs.at(-1);
    if (!more || !last) return found;
    range = after(range, last.key);
  }
}

/** Undefined: it is current. */
function rewrittenValue(
  keys: KeySpace,
  stored: StoredText,
  { key: name, value }: IKeyValue,
): Buffer | undefined {
  const key = keys.keyOf(name);
  const { text } = decodeValue(value);
  if (key === undefined || stored.isCurrent(key, text)) return undefined;
  return encodeValue({ text: stored.encode(key, stored.decode(key, text)), mark: 'rewritten' });
}

async function replace(
  connection: EtcdConnection,
  { key, mod_revision }: IKeyValue,
  value: Buffer,
): Promise<void> {
  await connection.transact({
    compare: [{ target: 'Mod', result: 'Equal', key, mod_revision }],
    success: [{ request_put: { key, value, ignore_lease: true } }],
  });
}
