// A backup of a running hub: all that its store keeps on disk as of one revision, and the cluster's material.

import { type Clock, UserError } from '../../shared/base/index.ts';
import type { Material } from '../material/index.ts';
import type { Key, Store, StoredText } from '../store/index.ts';
import { type BackupHeader, headBytes } from './backup-header.ts';
import { type BackupRecord, packed } from './backup-records.ts';
import { framed } from './frame.ts';
import { newSeal, sealedBody } from './seal-body.ts';

export interface BackupSource {
  store: Pick<Store, 'all' | 'epoch'>;
  clock: Clock;
  /** What is this hub, e.g. `v1.32.0+kelp`. */
  version: string;
  /** The material, and how objects are kept with the keys that it has: both of one moment. */
  freeze(): Promise<{ material: Material; text: StoredText }>;
  /** Prefixes of what is in memory only. */
  volatile: readonly Key[];
}

export interface Backup {
  header: BackupHeader;
  bytes: AsyncIterable<Buffer>;
}

export async function takeBackup(source: BackupSource, passphrase?: string): Promise<Backup> {
  const { store, clock, version, freeze, volatile } = source;
  const { material, text } = await freeze();
  const { revision, objects } = await store.all();
  const isKept = (key: Key) => !volatile.some((prefix) => key.startsWith(prefix));
  let count = 0;
  for (const key of objects.keys()) if (isKept(key)) count += 1;
  const header: BackupHeader = {
    format: 1,
    kelp: version,
    time: new Date(clock.now()).toISOString(),
    epoch: store.epoch,
    revision,
    objects: count,
    material: Object.keys(material),
  };
  function* records(): Generator<BackupRecord> {
    yield { material };
    for (const [key, object] of objects) if (isKept(key)) yield { key, text: text.encode(key, object) };
    yield { end: count };
  }
  return sealedIf(passphrase, header, packed(records()));
}

/** The same backup behind a passphrase, where there is one. */
export async function sealedIf(
  passphrase: string | undefined,
  header: BackupHeader,
  body: AsyncIterable<Buffer>,
): Promise<Backup> {
  if (passphrase === undefined) return { header, bytes: framed(header, body) };
  if (header.sealed) throw new UserError('it is sealed already');
  const seal = await newSeal(passphrase);
  const named = { ...header, sealed: seal.parameters };
  return { header: named, bytes: framed(named, sealedBody(seal, headBytes(named), body)) };
}
