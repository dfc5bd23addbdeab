// Provisions the volumes of the StorageClass `local`: makes one for a claim whose pod has a node, lets it grow with its
// claim, and deletes it when the claim is gone. The folder itself is its node's business, whenever that node is there.

import {
  capacityOf,
  classOf,
  localProvisioner,
  localVolumeFinalizer,
  localVolumeNode,
  type Node,
  nodes,
  type PersistentVolume,
  type PersistentVolumeClaim,
  persistentvolumeclaims,
  persistentvolumes,
  requestOf,
  selectedNode,
  storageclasses,
  storageProvisioner,
  volumesFolderAnnotation,
} from '../../../shared/api/index.ts';
import { addressOf, type Controller, keyOf, mapped, type Outcome } from '../../../shared/client/index.ts';
import { ApiError, type Live } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { planLocalVolume, planLocalVolumeEnd } from './plan-local-volume.ts';

const mergePatch = 'application/merge-patch+json';

export function localVolumeController(context: ControllerContext): Controller {
  const { client, informers } = context;
  const recorder = context.recorder.from(localProvisioner);
  const claimInformer = informers.of(persistentvolumeclaims);
  const volumeInformer = informers.of(persistentvolumes);
  const classInformer = informers.of(storageclasses);
  const nodeInformer = informers.of(nodes);

  return {
    name: 'local-volume',
    sources: [
      mapped(claimInformer, ({ object }) => [`claim ${keyOf(object)}`]),
      mapped(volumeInformer, ({ object }) =>
        localVolumeNode(object) ? [`volume ${object.metadata.name}`] : [],
      ),
      mapped(nodeInformer, ({ type, object, previous }) => {
        const { name } = object.metadata;
        if (type === 'DELETED') return volumesOn(name);
        return previous && folderOf(previous) === folderOf(object) ? [] : claimsFor(name);
      }),
    ],
    reads: [classInformer],
    reconcile(key) {
      const [kind, name = ''] = key.split(' ');
      return kind === 'claim' ? reconcileClaim(name) : reconcileVolume(name);
    },
  };

  function volumesOn(node: string): string[] {
    const found = volumeInformer.list().filter((volume) => localVolumeNode(volume) === node);
    return found.map(({ metadata }) => `volume ${metadata.name}`);
  }

  function claimsFor(node: string): string[] {
    const waiting = claimInformer
      .list()
      .filter(
        ({ metadata, status }) =>
          status?.phase === 'Pending' && metadata.annotations?.[selectedNode] === node,
      );
    return waiting.map((claim) => `claim ${keyOf(claim)}`);
  }

  async function reconcileClaim(key: string): Promise<Outcome> {
    const claim = claimInformer.get(key);
    if (!claim || claim.metadata.deletionTimestamp) return;
    if (claim.status?.phase === 'Bound') return grow(claim);
    if (claim.spec?.volumeName) return;
    const { annotations = {} } = claim.metadata;
    if (annotations[storageProvisioner] !== localProvisioner) return;
    const storageClass = classInformer.get(classOf(claim.metadata, claim.spec?.storageClassName));
    if (!storageClass) return;
    const plan = planLocalVolume(claim, storageClass, nodeInformer.get(annotations[selectedNode] ?? ''));
    if ('fault' in plan) {
      const message = `failed to provision volume with StorageClass "${storageClass.metadata.name}": ${plan.fault}`;
      recorder.event(claim, 'Warning', 'ProvisioningFailed', message);
      if (plan.reschedule && annotations[selectedNode]) await askForAnotherNode(claim);
      return;
    }
    await provision(claim, key, plan);
  }

  async function askForAnotherNode(claim: Live<PersistentVolumeClaim>): Promise<void> {
    const { uid, resourceVersion } = claim.metadata;
    const patch = { metadata: { uid, resourceVersion, annotations: { [selectedNode]: null } } };
    await orNothing(client.patch(persistentvolumeclaims, addressOf(claim), mergePatch, patch));
  }

  async function provision(claim: Live<PersistentVolumeClaim>, key: string, volume: PersistentVolume) {
    const name = volume.metadata?.name ?? '';
    if (volumeInformer.get(name)) return;
    const begun = `External provisioner is provisioning volume for claim "${key}"`;
    recorder.event(claim, 'Normal', 'Provisioning', begun);
    try {
      volumeInformer.learn(await client.create(persistentvolumes, volume));
    } catch (error) {
      if (!ApiError.is(error, 'AlreadyExists')) throw error;
    }
    recorder.event(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${name}`);
  }

  /** A folder has room as long as its board has: all that grows is what is written of it. */
  async function grow(claim: Live<PersistentVolumeClaim>): Promise<void> {
    const volume = volumeInformer.get(claim.spec?.volumeName ?? '');
    if (!volume || localVolumeNode(volume) === undefined) return;
    const request = requestOf(claim);
    const storage = claim.spec?.resources?.requests?.storage;
    if (storage === undefined) return;
    if (request.compare(capacityOf(volume)) > 0) {
      const patch = { spec: { capacity: { storage } } };
      volumeInformer.learn(await client.patch(persistentvolumes, addressOf(volume), mergePatch, patch));
    }
    if (claim.status?.capacity?.storage === storage) return;
    if (request.compare(statusCapacity(claim)) <= 0) return;
    const status = { ...claim.status, capacity: { storage } };
    claimInformer.learn(
      await client.update(persistentvolumeclaims, { ...claim, status }, { subresource: 'status' }),
    );
    recorder.event(claim, 'Normal', 'VolumeResizeSuccessful', 'Resize volume succeeded');
  }

  async function reconcileVolume(name: string): Promise<Outcome> {
    const volume = volumeInformer.get(name);
    const node = volume && localVolumeNode(volume);
    if (!volume || node === undefined) return;
    const { uid, resourceVersion, finalizers = [] } = volume.metadata;
    const step = planLocalVolumeEnd(volume, nodeInformer.get(node) !== undefined);
    if (step === 'delete') {
      await orNothing(client.delete(persistentvolumes, addressOf(volume), { preconditions: { uid } }));
    }
    if (step === 'release') {
      const left = finalizers.filter((finalizer) => finalizer !== localVolumeFinalizer);
      const patch = { metadata: { uid, resourceVersion, finalizers: left } };
      await orNothing(client.patch(persistentvolumes, addressOf(volume), mergePatch, patch));
    }
  }
}

function folderOf({ metadata }: Live<Node>): string | undefined {
  return metadata.annotations?.[volumesFolderAnnotation];
}

function statusCapacity({ status }: PersistentVolumeClaim) {
  return capacityOf({ spec: { capacity: status?.capacity ?? {} } });
}
