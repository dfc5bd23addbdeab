// PersistentVolumeClaimResize: a claim may only ask for more where its class allows that.

import {
  classOf,
  isOf,
  persistentvolumeclaims,
  requestOf,
  storageclasses,
} from '../../../shared/api/index.ts';
import { forbidden } from '../../../shared/machinery/index.ts';
import { isLiveOf } from '../kind.ts';
import type { ObjectReader } from '../object-reader.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

const onlyBound = 'Only bound persistent volume claims can be expanded';
const onlyExpandable =
  'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';

export function claimResize({ reader }: { reader: ObjectReader }): AdmissionPlugin {
  return {
    name: 'PersistentVolumeClaimResize',
    async validate({ verb, subresource, resource }, claim, old) {
      if (verb === 'create' || verb === 'delete' || subresource) return;
      if (!isOf(persistentvolumeclaims, resource, claim) || !old || !isLiveOf(persistentvolumeclaims, old))
        return;
      if (requestOf(claim).compare(requestOf(old)) <= 0) return;
      const refuse = (why: string) => forbidden(resource, old.metadata.name, why);
      if (old.status?.phase !== 'Bound') throw refuse(onlyBound);
      const name = classOf(claim.metadata, claim.spec?.storageClassName);
      const found = name ? await reader.get(storageclasses, { name }) : undefined;
      if (!found?.allowVolumeExpansion) throw refuse(onlyExpandable);
    },
  };
}
