// What becomes of a claim: which volume it gets, what it waits for, or that it has lost what it had. Pure, after upstream's
// syncUnboundClaim and syncBoundClaim (pkg/controller/volume/persistentvolume/pv_controller.go).

import {
  bindCompleted,
  classOf,
  isVolumeOf,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type StorageClass,
  selectedNode,
  volumeFor,
  volumeMismatch,
} from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';

export interface Said {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

export type ClaimPlan =
  | { do: 'bind'; volume: Live<PersistentVolume> }
  /** It waits; `provisioner`: that one is asked for a volume; `takeClass`: it gets this class first. */
  | { do: 'wait'; said?: Said; provisioner?: string; takeClass?: string }
  | { do: 'lose'; said: Said };

export interface ClaimView {
  claim: Live<PersistentVolumeClaim>;
  volumes: readonly Live<PersistentVolume>[];
  classNamed(name: string): Live<StorageClass> | undefined;
  /** Undefined: no class is the default. */
  defaultClass: Live<StorageClass> | undefined;
  /** Names of pods that want the claim and have no node yet, although a scheduler may have looked at them. */
  unscheduledPods: readonly string[];
}

export function planClaim(view: ClaimView): ClaimPlan {
  const isComplete = view.claim.metadata.annotations?.[bindCompleted] !== undefined;
  return isComplete ? planBound(view) : planUnbound(view);
}

function planBound({ claim, volumes }: ClaimView): ClaimPlan {
  const name = claim.spec?.volumeName;
  const lost = (what: string) =>
    lose('ClaimLost', `Bound claim has lost ${what}. Data on the volume is lost!`);
  if (!name) return lost('reference to PersistentVolume');
  const volume = volumes.find(({ metadata }) => metadata.name === name);
  if (!volume) return lost('its PersistentVolume');
  if (!volume.spec?.claimRef || volume.spec.claimRef.uid === claim.metadata.uid)
    return { do: 'bind', volume };
  return lose('ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
}

function lose(reason: string, message: string): ClaimPlan {
  return { do: 'lose', said: { type: 'Warning', reason, message } };
}

function planUnbound(view: ClaimView): ClaimPlan {
  const { claim, volumes, classNamed } = view;
  if (claim.spec?.volumeName) return planNamed(view, claim.spec.volumeName);
  const className = classOf(claim.metadata, claim.spec?.storageClassName);
  const found = className ? classNamed(className) : undefined;
  const delayed = found?.volumeBindingMode === 'WaitForFirstConsumer';
  const volume = volumeFor(claim, volumes, { reservedOnly: delayed });
  if (volume) return { do: 'bind', volume };
  if (takesDefault(view)) return { do: 'wait', takeClass: view.defaultClass?.metadata.name ?? '' };
  if (delayed && !claim.metadata.annotations?.[selectedNode]) return { do: 'wait', said: forConsumer(view) };
  if (className) return planProvisioning(className, found);
  const message = 'no persistent volumes available for this claim and no storage class is set';
  return { do: 'wait', said: { type: 'Normal', reason: 'FailedBinding', message } };
}

/** A claim of before there was a default class. */
function takesDefault({ claim, defaultClass }: ClaimView): boolean {
  return claim.spec?.storageClassName === undefined && classOf(claim.metadata, '') === '' && !!defaultClass;
}

/** Somebody has named the volume. */
function planNamed({ claim, volumes }: ClaimView, name: string): ClaimPlan {
  const volume = volumes.find(({ metadata }) => metadata.name === name);
  if (!volume) return { do: 'wait' };
  if (volume.spec?.claimRef) {
    if (isVolumeOf(volume, claim)) return { do: 'bind', volume };
    const message = `volume ${JSON.stringify(name)} already bound to a different claim.`;
    return { do: 'wait', said: { type: 'Warning', reason: 'FailedBinding', message } };
  }
  const fault = volumeMismatch(volume, claim);
  if (!fault) return { do: 'bind', volume };
  const message = `Cannot bind to requested volume ${JSON.stringify(name)}: ${fault}`;
  return { do: 'wait', said: { type: 'Warning', reason: 'VolumeMismatch', message } };
}

function forConsumer({ unscheduledPods }: ClaimView): Said {
  if (unscheduledPods.length === 0) {
    const message = 'waiting for first consumer to be created before binding';
    return { type: 'Normal', reason: 'WaitForFirstConsumer', message };
  }
  const message =
    unscheduledPods.length === 1
      ? `waiting for pod ${unscheduledPods[0]} to be scheduled`
      : `waiting for pods ${unscheduledPods.join(',')} to be scheduled`;
  return { type: 'Normal', reason: 'WaitForPodScheduled', message };
}

function planProvisioning(className: string, found: Live<StorageClass> | undefined): ClaimPlan {
  if (!found) {
    const message = `storageclass.storage.k8s.io ${JSON.stringify(className)} not found`;
    return { do: 'wait', said: { type: 'Warning', reason: 'ProvisioningFailed', message } };
  }
  const { provisioner } = found;
  if (provisioner === 'kubernetes.io/no-provisioner') {
    const message = 'no volume plugin matched name: kubernetes.io/no-provisioner';
    return { do: 'wait', said: { type: 'Warning', reason: 'ProvisioningFailed', message } };
  }
  const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
  return { do: 'wait', provisioner, said: { type: 'Normal', reason: 'ExternalProvisioning', message } };
}
