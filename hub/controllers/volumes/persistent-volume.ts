// Brings claims and volumes together, in both directions, and keeps their phases. A claim without a fitting volume waits, or
// asks its class's provisioner for one; a volume whose claim is gone is released.
// One key at a time: two claims never take the same volume.

import {
  betaStorageProvisioner,
  bindCompleted,
  boundByController,
  classOf,
  defaultClassOf,
  type PersistentVolume,
  type PersistentVolumeClaim,
  persistentvolumeclaims,
  persistentvolumes,
  pods,
  storageclasses,
  storageProvisioner,
} from '../../../shared/api/index.ts';
import { addressOf, type Controller, keyOf, mapped, type Outcome } from '../../../shared/client/index.ts';
import { deepEqual, type Live } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { claimsOf, indexByClaim, podsWith } from './claim-users.ts';
import { type ClaimPlan, planClaim, type Said } from './plan-claim.ts';
import { planVolume } from './plan-volume.ts';

type Claim = Live<PersistentVolumeClaim>;
type Volume = Live<PersistentVolume>;

const byPhase = 'phase';
const provisionerAnnotations = [betaStorageProvisioner, storageProvisioner];
const mergePatch = 'application/merge-patch+json';

const claimKey = (key: string) => `claim ${key}`;
const volumeKey = (name: string) => `volume ${name}`;

export function persistentVolumeController(context: ControllerContext): Controller {
  const { client, informers } = context;
  const recorder = context.recorder.from('persistentvolume-controller');
  const claimInformer = informers.of(persistentvolumeclaims);
  const volumeInformer = informers.of(persistentvolumes);
  const classInformer = informers.of(storageclasses);
  const podInformer = informers.of(pods);
  /** Uid → what was said of it last: our own writes must not make us say it again. */
  const lastSaid = new Map<string, string>();
  indexByClaim(podInformer);
  claimInformer.addIndex(byPhase, ({ status }) => [status?.phase ?? 'Pending']);

  return {
    name: 'persistentvolume-binder',
    sources: [
      mapped(claimInformer, ({ type, object, previous }) => [
        ...forgetIf(type === 'DELETED', object),
        claimKey(keyOf(object)),
        ...[object, previous].flatMap((each) =>
          each?.spec?.volumeName ? [volumeKey(each.spec.volumeName)] : [],
        ),
      ]),
      mapped(volumeInformer, ({ type, object, previous }) => [
        ...forgetIf(type === 'DELETED', object),
        volumeKey(object.metadata.name),
        ...[object, previous].flatMap(claimNamedBy),
        ...mayServe(object),
      ]),
      mapped(classInformer, () => pendingClaims(() => true)),
      mapped(podInformer, ({ object }) => claimsOf(object).map(claimKey)),
    ],
    reconcile(key) {
      const [kind, name = ''] = key.split(' ');
      return kind === 'claim' ? reconcileClaim(name) : reconcileVolume(name);
    },
  };

  function forgetIf(gone: boolean, { metadata }: Claim | Volume): [] {
    if (gone) lastSaid.delete(metadata.uid);
    return [];
  }

  function claimNamedBy(volume: Volume | undefined): string[] {
    const { namespace, name } = volume?.spec?.claimRef ?? {};
    return namespace && name ? [claimKey(`${namespace}/${name}`)] : [];
  }

  /** Claims that may have waited for this volume. */
  function mayServe({ metadata, spec, status }: Volume): string[] {
    const isFree = !spec?.claimRef && status?.phase === 'Available';
    return pendingClaims(
      (claim) =>
        claim.spec?.volumeName === metadata.name ||
        (isFree &&
          classOf(claim.metadata, claim.spec?.storageClassName) ===
            classOf(metadata, spec?.storageClassName)),
    );
  }

  function pendingClaims(wanted: (claim: Claim) => boolean): string[] {
    return claimInformer
      .byIndex(byPhase, 'Pending')
      .filter(wanted)
      .map((claim) => claimKey(keyOf(claim)));
  }

  async function reconcileClaim(key: string): Promise<Outcome> {
    const claim = claimInformer.get(key);
    if (!claim) return;
    const plan = planClaim({
      claim,
      volumes: volumeInformer.list(),
      classNamed: (name) => classInformer.get(name),
      defaultClass: defaultClassOf(classInformer.list()),
      unscheduledPods: podsWith(podInformer, key)
        .filter(({ spec }) => !spec?.nodeName)
        .map(({ metadata }) => metadata.name)
        .sort(),
    });
    if (plan.do === 'bind') return bind(claim, plan.volume);
    if (plan.do === 'wait') return wait(claim, plan);
    if (claim.status?.phase !== 'Lost') say(claim, plan.said);
    await setClaimStatus(claim, { phase: 'Lost' });
  }

  function say(about: Claim | Volume, { type, reason, message }: Said): void {
    const { uid } = about.metadata;
    if (lastSaid.get(uid) === message) return;
    lastSaid.set(uid, message);
    recorder.event(about, type, reason, message);
  }

  async function wait(claim: Claim, plan: Extract<ClaimPlan, { do: 'wait' }>): Promise<void> {
    if (claim.metadata.deletionTimestamp) return;
    if (plan.takeClass) {
      await patchClaim(claim, { spec: { storageClassName: plan.takeClass } });
      return;
    }
    const { provisioner } = plan;
    const { annotations = {} } = claim.metadata;
    if (provisioner && provisionerAnnotations.some((name) => annotations[name] !== provisioner)) {
      const asked = Object.fromEntries(provisionerAnnotations.map((name) => [name, provisioner]));
      await patchClaim(claim, { metadata: { annotations: asked } });
    }
    if (plan.said) say(claim, plan.said);
    await setClaimStatus(claim, { phase: 'Pending' });
  }

  /** The volume first, then the claim: a claim that says that it is bound can rely on it. */
  async function bind(claim: Claim, volume: Volume): Promise<void> {
    const reserved = await reserve(volume, claim);
    if (!reserved) return;
    await setVolumeStatus(reserved, { phase: 'Bound' });
    const bound = await complete(claim, reserved);
    if (!bound) return;
    // A claim that has grown keeps what it has got until the growth is there.
    const capacity = bound.status?.phase === 'Bound' ? bound.status.capacity : reserved.spec?.capacity;
    await setClaimStatus(bound, {
      phase: 'Bound',
      accessModes: reserved.spec?.accessModes ?? [],
      capacity: capacity ?? {},
    });
  }

  async function reserve(volume: Volume, claim: Claim): Promise<Volume | undefined> {
    const { name, namespace = '', uid, resourceVersion } = claim.metadata;
    if (volume.spec?.claimRef?.uid === uid) return volume;
    const claimRef = {
      ...{ kind: 'PersistentVolumeClaim', namespace, name, uid, apiVersion: 'v1', resourceVersion },
    };
    const annotations = volume.spec?.claimRef ? undefined : { [boundByController]: 'yes' };
    return patchVolume(volume, { ...(annotations && { metadata: { annotations } }), spec: { claimRef } });
  }

  async function complete(claim: Claim, volume: Volume): Promise<Claim | undefined> {
    const { annotations = {} } = claim.metadata;
    if (annotations[bindCompleted] !== undefined && claim.spec?.volumeName) return claim;
    const chosen = claim.spec?.volumeName ? {} : { [boundByController]: 'yes' };
    return patchClaim(claim, {
      metadata: { annotations: { [bindCompleted]: 'yes', ...chosen } },
      spec: { volumeName: volume.metadata.name },
    });
  }

  async function reconcileVolume(name: string): Promise<Outcome> {
    const volume = volumeInformer.get(name);
    if (!volume) return;
    const plan = planVolume(volume, await claimOf(volume));
    if (!plan) return;
    const { unbind, phase, message, said } = plan;
    if (unbind) {
      const claimRef = unbind === 'whole' ? null : { uid: null, resourceVersion: null };
      const annotations = { [boundByController]: null };
      const free = await patchVolume(volume, { metadata: { annotations }, spec: { claimRef } });
      if (free) await setVolumeStatus(free, { phase });
      return;
    }
    if (said && volume.status?.phase !== phase) say(volume, said);
    await setVolumeStatus(volume, { phase, ...(message && { message }) });
  }

  /** Before a volume is taken for released, the claim is looked for where it cannot be out of date. */
  async function claimOf(volume: Volume): Promise<Claim | undefined> {
    const { namespace, name, uid } = volume.spec?.claimRef ?? {};
    if (!namespace || !name || !uid) return undefined;
    const known = claimInformer.get(`${namespace}/${name}`);
    if (known?.metadata.uid === uid) return known;
    return orNothing(client.get(persistentvolumeclaims, { namespace, name }));
  }

  async function patchClaim(claim: Claim, patch: object): Promise<Claim | undefined> {
    const answer = await orNothing(
      client.patch(persistentvolumeclaims, addressOf(claim), mergePatch, guarded(claim, patch)),
    );
    return answer && claimInformer.learn(answer);
  }

  async function patchVolume(volume: Volume, patch: object): Promise<Volume | undefined> {
    const answer = await orNothing(
      client.patch(persistentvolumes, addressOf(volume), mergePatch, guarded(volume, patch)),
    );
    return answer && volumeInformer.learn(answer);
  }

  async function setClaimStatus(
    claim: Claim,
    status: PersistentVolumeClaim['status'] & object,
  ): Promise<void> {
    const { phase, accessModes, capacity } = claim.status ?? {};
    const kept = {
      ...(phase && { phase }),
      ...(accessModes && { accessModes }),
      ...(capacity && { capacity }),
    };
    if (deepEqual(kept, status)) return;
    const next = { ...claim, status: { ...claim.status, ...status } };
    const answer = await orNothing(client.update(persistentvolumeclaims, next, { subresource: 'status' }));
    if (answer) claimInformer.learn(answer);
  }

  async function setVolumeStatus(volume: Volume, status: PersistentVolume['status'] & object): Promise<void> {
    const { phase, message } = volume.status ?? {};
    if (phase === status.phase && message === status.message) return;
    const next = { ...volume, status };
    const answer = await orNothing(client.update(persistentvolumes, next, { subresource: 'status' }));
    if (answer) volumeInformer.learn(answer);
  }
}

/** Only if nobody has changed the object since it was looked at. */
function guarded({ metadata }: Claim | Volume, patch: object): object {
  const { uid, resourceVersion } = metadata;
  const own = 'metadata' in patch && typeof patch.metadata === 'object' ? patch.metadata : {};
  return { ...patch, metadata: { ...own, uid, resourceVersion } };
}
