// Rolls a Deployment's pods over from one template to the next: a ReplicaSet for each template, of which the new one grows
// while the old ones shrink, within maxSurge and maxUnavailable (or after they have gone: Recreate). Keeps a history of
// revisions to go back to, and says in its conditions whether the rollout moves, has ended, or is stuck.

import {
  type Deployment,
  deployments,
  isTerminated,
  pods,
  type ReplicaSet,
  replicasets,
} from '../../../shared/api/index.ts';
import {
  type Controller,
  each,
  formatKey,
  keyOf,
  mapped,
  type Outcome,
} from '../../../shared/client/index.ts';
import { controllerOf, type Live, selectorFrom } from '../../../shared/machinery/index.ts';
import type { ControllerContext } from '../context.ts';
import { belongingTo, claim, claimantsOf, indexByController } from '../pods/claim.ts';
import { DeploymentWriter } from './deployment-writer.ts';
import { type Rollout, rolloutOf } from './plan-deployment-sets.ts';
import {
  countsOf,
  type DeploymentStatus,
  isComplete,
  pauseCondition,
  rolloutStatus,
  sameStatus,
  untilDeadline,
} from './plan-deployment-status.ts';
import { isScaling, planRecreate, planRollingUpdate, planScaling } from './plan-rollout.ts';

export function deploymentController(context: ControllerContext): Controller {
  const { client, clock } = context;
  const informer = context.informers.of(deployments);
  const setInformer = context.informers.of(replicasets);
  const podInformer = context.informers.of(pods);
  const writer = new DeploymentWriter(context);
  indexByController(setInformer);
  indexByController(podInformer);

  return {
    name: 'deployment',
    workers: 5,
    sources: [
      each(informer),
      ...claimantsOf(setInformer, informer, deployments, ({ spec }) => selectorFrom(spec?.selector)),
      // Recreate waits until the last old pod has gone.
      mapped(podInformer, ({ type, object }) => (type === 'DELETED' ? recreatesOf(object) : [])),
    ],
    reconcile,
  };

  async function reconcile(key: string): Promise<Outcome> {
    const known = informer.get(key);
    if (!known) return;
    const sets = await claim<Deployment, ReplicaSet>({
      client,
      owner: known,
      ownerResource: deployments,
      resource: replicasets,
      informer: setInformer,
      selector: selectorFrom(known.spec?.selector),
    });
    if (known.metadata.deletionTimestamp) {
      const rollout = rolloutOf(known, sets);
      return writeStatus(rollout, countsOf(rollout, clock.now()));
    }
    const deployment = await markPause(known);
    return deployment.spec?.paused || isScaling(rolloutOf(deployment, sets))
      ? scaleOnly(deployment, sets)
      : rollOut(deployment, sets);
  }

  /** Paused, or its replicas were changed: sizes follow, templates wait. */
  async function scaleOnly(
    deployment: Live<Deployment>,
    sets: readonly Live<ReplicaSet>[],
  ): Promise<Outcome> {
    const found = rolloutOf(deployment, sets);
    const rollout = found.newSet ? await writer.keepUp(found, found.newSet) : found;
    const scaled = await writer.act(rollout, planScaling(rollout));
    if (deployment.spec?.paused) await writer.forgetOld(scaled);
    return writeStatus(scaled, countsOf(scaled, clock.now()));
  }

  async function rollOut(deployment: Live<Deployment>, sets: readonly Live<ReplicaSet>[]): Promise<Outcome> {
    let rollout = rolloutOf(deployment, sets);
    if (deployment.spec?.strategy?.type === 'Recreate') {
      const gone = planRecreate(rollout);
      if (gone.length > 0) return settle(await writer.act(rollout, gone), false);
      if (hasOldPods(rollout)) return settle(rollout, false);
    }
    rollout = rollout.newSet
      ? await writer.keepUp(rollout, rollout.newSet)
      : await writer.createNewSet(rollout);
    const scalings = planRollingUpdate(rollout);
    return settle(await writer.act(rollout, scalings), scalings.length === 0);
  }

  /** Writes what has come of it; a rollout that has ended forgets its oldest revisions. */
  async function settle(rollout: Rollout, isQuiet: boolean): Promise<Outcome> {
    if (isQuiet && isComplete(rollout.deployment, rollout.deployment.status)) await writer.forgetOld(rollout);
    return writeStatus(rollout, rolloutStatus(rollout, clock.now()));
  }

  async function markPause(deployment: Live<Deployment>): Promise<Live<Deployment>> {
    const condition = pauseCondition(deployment, clock.now());
    return condition ? writer.mark(deployment, condition, undefined) : deployment;
  }

  async function writeStatus({ deployment }: Rollout, status: DeploymentStatus): Promise<Outcome> {
    if (!sameStatus(deployment.status, status)) await writer.put({ ...deployment, status });
    const wait = untilDeadline(deployment, status, clock.now());
    return wait === undefined ? undefined : { requeueAfter: wait };
  }

  function hasOldPods({ oldSets }: Rollout): boolean {
    return oldSets.some(({ metadata }) =>
      belongingTo(podInformer, metadata.uid).some((pod) => !isTerminated(pod)),
    );
  }

  function recreatesOf(pod: Live): string[] {
    const { namespace } = pod.metadata;
    const owner = controllerOf(pod);
    const set = owner && setInformer.get(formatKey({ ...(namespace && { namespace }), name: owner.name }));
    const above = set && controllerOf(set);
    const deployment =
      above && informer.get(formatKey({ ...(namespace && { namespace }), name: above.name }));
    return deployment?.spec?.strategy?.type === 'Recreate' ? [keyOf(deployment)] : [];
  }
}
