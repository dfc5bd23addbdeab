// Which history this is. It is made by the first hub, by a restore, and anew when etcd itself was restored from a snapshot
// (which makes another cluster of it): revisions may then mean something else than they did, so they go on further up.

import { randomUUID } from 'node:crypto';
import type { ICompare, IKeyValue } from 'etcd3';
import { StoreError } from '../store.ts';
import type { EtcdConnection } from './connection.ts';
import type { KeySpace } from './key-space.ts';

export interface Epoch {
  id: string;
  /** etcd's own name for its cluster. */
  cluster: string;
  /** What our revisions are ahead of etcd's (see revision-shift.ts); absent: they are the same. */
  offset?: number;
  /** Below the prefix: where the objects are; absent: `objects`. */
  objects?: string;
}

/** More revisions than a cluster gives out between two snapshots. */
const skipped = 1_000_000_000;

/** Rejects with an EtcdFailure, or with 'unusable' when something else is under that key. */
export async function claimEpoch(connection: EtcdConnection, keys: KeySpace): Promise<Epoch> {
  for (;;) {
    const { header, kvs } = await connection.range({ key: keys.epoch });
    const found = kvs[0] && readEpoch(keys, kvs[0]);
    if (found?.cluster === header.cluster_id) return found;
    const epoch: Epoch = {
      ...(found && { ...found, offset: (found.offset ?? 0) + skipped }),
      id: randomUUID(),
      cluster: header.cluster_id,
    };
    const unchanged: ICompare = {
      target: 'Mod',
      result: 'Equal',
      key: keys.epoch,
      mod_revision: kvs[0]?.mod_revision ?? 0,
    };
    const put = { request_put: { key: keys.epoch, value: Buffer.from(JSON.stringify(epoch)) } };
    const { succeeded } = await connection.transact({ compare: [unchanged], success: [put] });
    if (succeeded) return epoch;
  }
}

/** Rejects with 'unusable' when etcd's history is no longer the one that was known up to `revision`. */
export async function checkEpoch(
  connection: EtcdConnection,
  keys: KeySpace,
  known: Epoch,
  revision: number,
): Promise<void> {
  const { header, kvs } = await connection.range({ key: keys.epoch });
  const epoch = kvs[0] && readEpoch(keys, kvs[0]);
  if (epoch?.id !== known.id || header.cluster_id !== known.cluster) throw replaced('it has another history');
  if (Number(header.revision) < revision) {
    throw replaced(`it went back from revision ${revision} to ${header.revision}`);
  }
}

export function replaced(how: string): StoreError {
  return new StoreError(
    'unusable',
    `etcd is not what it was: ${how} (restored, or emptied?). Start the hub again to go on with what is there now.`,
  );
}

export function readEpoch(keys: KeySpace, { value }: Pick<IKeyValue, 'value'>): Epoch {
  try {
    const epoch: Partial<Epoch> = JSON.parse(value.toString());
    const { id, cluster, offset, objects } = epoch;
    if (typeof id === 'string' && typeof cluster === 'string')
      return {
        id,
        cluster,
        ...(offset !== undefined && { offset }),
        ...(objects !== undefined && { objects }),
      };
  } catch (cause) {
    throw foreign(keys, cause);
  }
  throw foreign(keys);
}

function foreign(keys: KeySpace, cause?: unknown): StoreError {
  return new StoreError(
    'unusable',
    `etcd holds something under ${keys.epoch} that Kelp did not write: give the store a prefix of its own, ` +
      'as in etcd://host:2379/another-prefix',
    undefined,
    { cause },
  );
}
