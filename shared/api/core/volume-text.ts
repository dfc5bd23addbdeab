// What tables say of volumes and claims.

import type { ObjectMeta } from 'kubernetes-types/meta/v1';

/** Where the class stood before it was a field. */
export const classAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** In the order in which they are shown. */
const shortModes = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

/** e.g. `RWO,ROX`. */
export function formatAccessModes(modes: readonly string[] | undefined): string {
  return Object.entries(shortModes)
    .filter(([mode]) => modes?.includes(mode))
    .map(([, short]) => short)
    .join(',');
}

/** The class by the old annotation, or by the field. */
export function classOf(metadata: ObjectMeta | undefined, name: string | undefined): string {
  return metadata?.annotations?.[classAnnotation] ?? name ?? '';
}
