// DefaultStorageClass: a claim that names no class gets the default one, where there is one.

import {
  classAnnotation,
  defaultClassOf,
  isOf,
  persistentvolumeclaims,
  storageclasses,
} from '../../../shared/api/index.ts';
import type { ObjectReader } from '../object-reader.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

export function defaultStorageClass({ reader }: { reader: ObjectReader }): AdmissionPlugin {
  return {
    name: 'DefaultStorageClass',
    async admit({ verb, subresource, resource }, claim) {
      if (verb !== 'create' || subresource || !isOf(persistentvolumeclaims, resource, claim)) return;
      if (claim.metadata?.annotations?.[classAnnotation] !== undefined) return;
      // A class with no name is an answer: none.
      if (!claim.spec || claim.spec.storageClassName !== undefined) return;
      const found = defaultClassOf(await reader.list(storageclasses));
      if (found) claim.spec.storageClassName = found.metadata.name;
    },
  };
}
