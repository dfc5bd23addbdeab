// How the hub is told that the folder of a volume is gone: the node takes its finalizer away.

import { localVolumeFinalizer, type PersistentVolume, persistentvolumes } from '../../shared/api/index.ts';
import type { Client } from '../../shared/client/index.ts';
import { ApiError, type Live } from '../../shared/machinery/index.ts';

export async function sendVolumeRemoved(client: Client, { metadata }: Live<PersistentVolume>): Promise<void> {
  const { name, uid } = metadata;
  try {
    const current = await client.get(persistentvolumes, { name });
    if (current.metadata.uid !== uid) return;
    const { resourceVersion, finalizers = [] } = current.metadata;
    const left = finalizers.filter((finalizer) => finalizer !== localVolumeFinalizer);
    const patch = { metadata: { uid, resourceVersion, finalizers: left } };
    await client.patch(persistentvolumes, { name }, 'application/merge-patch+json', patch);
  } catch (error) {
    // It is gone, which is what was wanted.
    if (!ApiError.is(error, 'NotFound')) throw error;
  }
}
