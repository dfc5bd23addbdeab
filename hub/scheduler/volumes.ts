// What decisions need to know of claims, volumes and classes.

import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../shared/api/index.ts';
import type { Live } from '../../shared/machinery/index.ts';

export interface Volumes {
  claim(namespace: string, name: string): Live<PersistentVolumeClaim> | undefined;
  volume(name: string): Live<PersistentVolume> | undefined;
  storageClass(name: string): Live<StorageClass> | undefined;
  /** All that may be bound to the claim: not those that were just given to another. */
  volumesFor(claim: Live<PersistentVolumeClaim>): Live<PersistentVolume>[];
}

export const noVolumes: Volumes = {
  claim: () => undefined,
  volume: () => undefined,
  storageClass: () => undefined,
  volumesFor: () => [],
};
