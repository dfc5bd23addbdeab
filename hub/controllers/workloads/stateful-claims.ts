// The claims of a StatefulSet's pods: made before the pod, kept when it goes, and owned so that they go when the set's
// persistentVolumeClaimRetentionPolicy says so.

import {
  type PersistentVolumeClaim,
  type Pod,
  persistentvolumeclaims,
  type StatefulSet,
} from '../../../shared/api/index.ts';
import { messageOf } from '../../../shared/base/index.ts';
import { type Client, type Informer, keyOf, type Recorder } from '../../../shared/client/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { claimOwners, claimsFor, isStaleClaim, ordinalOf } from './plan-stateful-pod.ts';

export class StatefulClaims {
  private readonly client: Client;
  private readonly informer: Informer<PersistentVolumeClaim>;
  private readonly recorder: Recorder;

  constructor({ client, informers }: ControllerContext, recorder: Recorder) {
    this.client = client;
    this.informer = informers.of(persistentvolumeclaims);
    this.recorder = recorder;
  }

  /** Creates what is missing. False: a claim goes with the pod that had the name before; it must have gone first. */
  async ensure(set: Live<StatefulSet>, ordinal: number, pod: Pod): Promise<boolean> {
    const podName = pod.metadata?.name ?? '';
    const wanted = claimsFor(set, ordinal);
    for (const claim of wanted) {
      const known = this.informer.get(keyOf(claim));
      if (known && isStaleClaim(known, podName)) return false;
    }
    for (const claim of wanted) {
      const known = this.informer.get(keyOf(claim));
      if (known?.metadata.deletionTimestamp) {
        const why = `pvc ${claim.metadata?.name} is being deleted`;
        const message = `create Pod ${podName} in StatefulSet ${set.metadata.name} failed error: ${why}`;
        this.recorder.event(set, 'Warning', 'FailedCreate', message);
        throw new Error(why);
      }
      if (!known) await this.create(set, podName, claim);
    }
    return true;
  }

  private async create(set: Live<StatefulSet>, podName: string, claim: PersistentVolumeClaim): Promise<void> {
    const name = claim.metadata?.name;
    try {
      this.informer.learn(await this.client.create(persistentvolumeclaims, claim));
      const message = `create Claim ${name} Pod ${podName} in StatefulSet ${set.metadata.name} success`;
      this.recorder.event(set, 'Normal', 'SuccessfulCreate', message);
    } catch (error) {
      const message = `create Claim ${name} for Pod ${podName} in StatefulSet ${set.metadata.name} failed error: ${messageOf(error)}`;
      this.recorder.event(set, 'Warning', 'FailedCreate', message);
      throw error;
    }
  }

  /** Gives the pod's claims the owners that the set's policy means. */
  async settle(set: Live<StatefulSet>, pod: Live<Pod>): Promise<void> {
    for (const { metadata } of claimsFor(set, ordinalOf(set, pod) ?? -1)) {
      const claim = this.informer.get({
        namespace: pod.metadata.namespace ?? '',
        name: metadata?.name ?? '',
      });
      const ownerReferences = claim && claimOwners(claim, set, pod);
      if (!claim || !ownerReferences) continue;
      const changed = { ...claim, metadata: { ...claim.metadata, ownerReferences } };
      const answer = await orNothing(this.client.update(persistentvolumeclaims, changed));
      if (answer) this.informer.learn(answer);
    }
  }
}
