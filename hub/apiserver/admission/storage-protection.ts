// StorageObjectInUseProtection: no claim and no volume goes while somebody has it. The finalizers are taken away by the
// protection controllers.

import {
  claimProtection,
  isOf,
  persistentvolumeclaims,
  persistentvolumes,
  volumeProtection,
} from '../../../shared/api/index.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

export function storageProtection(): AdmissionPlugin {
  return {
    name: 'StorageObjectInUseProtection',
    admit({ verb, subresource, resource }, object) {
      if (verb !== 'create' || subresource) return;
      const finalizer = isOf(persistentvolumes, resource, object)
        ? volumeProtection
        : isOf(persistentvolumeclaims, resource, object)
          ? claimProtection
          : undefined;
      const { metadata } = object ?? {};
      if (!finalizer || !metadata || metadata.finalizers?.includes(finalizer)) return;
      metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
    },
  };
}
