// Makes the claims of pods' ephemeral volumes, each owned by its pod, so that it goes with it.

import {
  claimNameOf,
  type PersistentVolumeClaim,
  type Pod,
  persistentvolumeclaims,
  pods,
} from '../../../shared/api/index.ts';
import { messageOf } from '../../../shared/base/index.ts';
import { type Controller, keyOf, mapped, type Outcome } from '../../../shared/client/index.ts';
import { ApiError, isControlledBy, type Live, newControllerRef } from '../../../shared/machinery/index.ts';
import { isNamespaceTerminating } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';

type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number];

export function ephemeralVolumeController(context: ControllerContext): Controller {
  const { client, informers } = context;
  const recorder = context.recorder.from('ephemeral_volume');
  const podInformer = informers.of(pods);
  const claimInformer = informers.of(persistentvolumeclaims);

  return {
    name: 'ephemeral-volume',
    workers: 4,
    sources: [
      mapped(podInformer, ({ type, object }) =>
        type !== 'DELETED' && hasEphemeral(object) ? [keyOf(object)] : [],
      ),
      mapped(claimInformer, ({ type, object }) => (type === 'DELETED' ? podOf(object) : [])),
    ],
    reconcile,
  };

  function podOf({ metadata }: Live<PersistentVolumeClaim>): string[] {
    const owner = metadata.ownerReferences?.find(({ kind, controller }) => controller && kind === 'Pod');
    return owner ? [`${metadata.namespace}/${owner.name}`] : [];
  }

  async function reconcile(key: string): Promise<Outcome> {
    const pod = podInformer.get(key);
    if (!pod || pod.metadata.deletionTimestamp) return;
    for (const volume of pod.spec?.volumes ?? []) {
      if (volume.ephemeral) await ensureClaim(pod, volume);
    }
  }

  async function ensureClaim(pod: Live<Pod>, volume: Volume): Promise<void> {
    const claim = claimFor(pod, volume);
    const { namespace, name } = claim.metadata ?? {};
    const known = claimInformer.get(`${namespace}/${name}`);
    if (known) return refuseForeign(pod, volume, known);
    try {
      claimInformer.learn(await client.create(persistentvolumeclaims, claim));
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      // The informer will tell whose it is.
      if (ApiError.is(error, 'AlreadyExists')) return;
      recorder.event(pod, 'Warning', 'FailedBinding', `ephemeral volume ${volume.name}: ${messageOf(error)}`);
      throw error;
    }
  }

  function refuseForeign(pod: Live<Pod>, volume: Volume, claim: Live<PersistentVolumeClaim>): void {
    if (isControlledBy(claim, pod)) return;
    const { namespace, name } = claim.metadata;
    const why = `PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`;
    recorder.event(pod, 'Warning', 'FailedBinding', `ephemeral volume ${volume.name}: ${why}`);
  }
}

function hasEphemeral({ spec }: Live<Pod>): boolean {
  return spec?.volumes?.some(({ ephemeral }) => ephemeral) ?? false;
}

function claimFor(pod: Live<Pod>, volume: Volume): PersistentVolumeClaim {
  const { metadata = {}, spec } = volume.ephemeral?.volumeClaimTemplate ?? {};
  const { labels, annotations } = metadata;
  const { namespace } = pod.metadata;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimNameOf(pod, volume) ?? '',
      ...(namespace && { namespace }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ownerReferences: [newControllerRef(pod, pods)],
    },
    ...(spec && { spec }),
  };
}
