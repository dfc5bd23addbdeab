// The last step of every write: into the store, or (dry run) nowhere.

import { deepFreeze, type KubeObject, type Live } from '../../../shared/machinery/index.ts';
import type { Write } from '../../store/index.ts';
import { type Kind, storeKey } from '../kind.ts';
import type { RegistryParts } from './registry-parts.ts';
import { asShown, asStored } from './versions.ts';

export interface Commit {
  kind: Kind;
  namespace: string | undefined;
  name: string;
  /** The revision that the object must have now; 0: there must be none. */
  expected: number;
  dryRun: boolean;
  /** Nothing but a sign of life (see Write.renewal). */
  renewal?: boolean;
}

/** Answers the object as stored. Throws StoreError 'conflict'. */
export async function commitObject(
  parts: RegistryParts,
  commit: Commit,
  object: KubeObject,
): Promise<KubeObject> {
  if (commit.dryRun) return deepFreeze(object);
  const wanted = await asStored(commit.kind, object);
  const [stored] = await parts.store.commit([writeOf(commit, wanted)], parts.guards);
  return stored ? asShown(commit.kind, stored) : object;
}

/** Answers the object as it was stored last, with the deletion's revision. Throws StoreError 'conflict'. */
export async function commitDeletion(parts: RegistryParts, commit: Commit, last: Live): Promise<Live> {
  if (commit.dryRun) return last;
  const [deleted] = await parts.store.commit([writeOf(commit)], parts.guards);
  return deleted ?? last;
}

/** Without an object: a deletion. */
function writeOf(
  { kind: { row }, namespace, name, expected, renewal = false }: Commit,
  object?: KubeObject,
): Write {
  const key = storeKey(row, namespace, name);
  const volatile = row.retention === 'memory';
  return { key, object, expected, volatile, renewal };
}
