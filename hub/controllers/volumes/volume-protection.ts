// Lets claims and volumes that are marked for deletion go once nobody has them: a claim when no pod on a node names it, a
// volume when it is bound to no claim. Gives the finalizers to what was made without them.

import {
  claimProtection,
  type PersistentVolume,
  type PersistentVolumeClaim,
  persistentvolumeclaims,
  persistentvolumes,
  pods,
  type Resource,
  volumeProtection,
} from '../../../shared/api/index.ts';
import {
  addressOf,
  type Client,
  type Controller,
  each,
  type Informer,
  mapped,
} from '../../../shared/client/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { claimsOf, indexByClaim, podsWith } from './claim-users.ts';

export function claimProtectionController({ client, informers }: ControllerContext): Controller {
  const claimInformer = informers.of(persistentvolumeclaims);
  const podInformer = informers.of(pods);
  indexByClaim(podInformer);
  return {
    name: 'pvc-protection',
    sources: [
      each(claimInformer),
      mapped(podInformer, ({ type, object }) => (type === 'DELETED' ? claimsOf(object) : [])),
    ],
    async reconcile(key) {
      const claim = claimInformer.get(key);
      // A pod without a node will not get one any more: its claim is going.
      const isUsed = podsWith(podInformer, key).some(({ spec }) => spec?.nodeName);
      if (claim)
        await protect({ client, informer: claimInformer, resource: persistentvolumeclaims }, claim, isUsed);
    },
  };
}

export function volumeProtectionController({ client, informers }: ControllerContext): Controller {
  const volumeInformer = informers.of(persistentvolumes);
  return {
    name: 'pv-protection',
    sources: [each(volumeInformer)],
    async reconcile(key) {
      const volume = volumeInformer.get(key);
      const isUsed = volume?.status?.phase === 'Bound';
      if (volume)
        await protect({ client, informer: volumeInformer, resource: persistentvolumes }, volume, isUsed);
    },
  };
}

interface Protection<T extends PersistentVolume | PersistentVolumeClaim> {
  client: Client;
  informer: Informer<T>;
  resource: Resource<T>;
}

async function protect<T extends PersistentVolume | PersistentVolumeClaim>(
  { client, informer, resource }: Protection<T>,
  object: Live<T>,
  isUsed: boolean,
): Promise<void> {
  const finalizer = resource.resource === persistentvolumes.resource ? volumeProtection : claimProtection;
  const { deletionTimestamp, finalizers = [], uid, resourceVersion } = object.metadata;
  const has = finalizers.includes(finalizer);
  const isWanted = !deletionTimestamp || isUsed;
  if (has === isWanted || (deletionTimestamp && !has)) return;
  const next = isWanted ? [...finalizers, finalizer] : finalizers.filter((each) => each !== finalizer);
  const patch = { metadata: { uid, resourceVersion, finalizers: next } };
  const answer = await orNothing(
    client.patch(resource, addressOf(object), 'application/merge-patch+json', patch),
  );
  if (answer && !isGone(answer)) informer.learn(answer);
}

/** Its last finalizer is off: what the write answers is the object's end. */
function isGone({ metadata }: Live): boolean {
  return metadata.deletionTimestamp !== undefined && !metadata.finalizers?.length;
}
