// Rolls a Deployment's pods over from one template to the next: a ReplicaSet for each template, of which the new one grows
// while the old ones shrink, within maxSurge and maxUnavailable (or after they have gone: Recreate). Keeps a history of
// revisions to go back to, and says in its conditions whether the rollout moves, has ended, or is stuck.

import { type Deployment, deployments, pods, type ReplicaSet, replicasets } from '../../shared/api/index.ts';
import {
  addressOf,
  type Controller,
  each,
  formatKey,
  keyOf,
  mapped,
  type Outcome,
  ownersOf,
} from '../../shared/client/index.ts';
import {
  ApiError,
  controllerOf,
  findCondition,
  isControlledBy,
  type Live,
  selectorFrom,
} from '../../shared/machinery/index.ts';
import { belongingTo, claim, indexByController, orNothing } from './claim.ts';
import type { ControllerContext } from './context.ts';
import {
  annotations,
  changedSet,
  hasAnnotations,
  newReplicaSet,
  newSetAnnotations,
  nextRevision,
  type Rollout,
  replicasOf,
  rolloutOf,
  sameTemplate,
  setsToForget,
  sizeAnnotations,
} from './plan-deployment-sets.ts';
import {
  countsOf,
  type DeploymentCondition,
  type DeploymentStatus,
  hasDeadline,
  isComplete,
  pauseCondition,
  progressing,
  rolloutStatus,
  sameStatus,
  untilDeadline,
  withCondition,
} from './plan-deployment-status.ts';
import {
  isScaling,
  newSetReplicas,
  planRecreate,
  planRollingUpdate,
  planScaling,
  type Scaling,
} from './plan-rollout.ts';
import { isTerminated } from './pod-facts.ts';

export function deploymentController(context: ControllerContext): Controller {
  const { client, clock } = context;
  const recorder = context.recorder.from('deployment-controller');
  const informer = context.informers.of(deployments);
  const setInformer = context.informers.of(replicasets);
  const podInformer = context.informers.of(pods);
  indexByController(setInformer);
  indexByController(podInformer);

  return {
    name: 'deployment',
    workers: 5,
    sources: [
      each(informer),
      ownersOf(setInformer, 'apps', 'Deployment'),
      mapped(setInformer, ({ type, object }) =>
        type === 'DELETED' || controllerOf(object) ? [] : deploymentsMatching(object),
      ),
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
      ownerKind: deployments,
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
    const rollout = found.newSet ? await keepUp(found, found.newSet) : found;
    const scaled = await act(rollout, planScaling(rollout));
    if (deployment.spec?.paused) await forgetOld(scaled);
    return writeStatus(scaled, countsOf(scaled, clock.now()));
  }

  async function rollOut(deployment: Live<Deployment>, sets: readonly Live<ReplicaSet>[]): Promise<Outcome> {
    let rollout = rolloutOf(deployment, sets);
    if (deployment.spec?.strategy?.type === 'Recreate') {
      const gone = planRecreate(rollout);
      if (gone.length > 0) return settle(await act(rollout, gone), false);
      if (hasOldPods(rollout)) return settle(rollout, false);
    }
    rollout = rollout.newSet ? await keepUp(rollout, rollout.newSet) : await createNewSet(rollout);
    const scalings = planRollingUpdate(rollout);
    return settle(await act(rollout, scalings), scalings.length === 0);
  }

  /** Writes what has come of it; a rollout that has ended forgets its oldest revisions. */
  async function settle(rollout: Rollout, isQuiet: boolean): Promise<Outcome> {
    if (isQuiet && isComplete(rollout.deployment, rollout.deployment.status)) await forgetOld(rollout);
    return writeStatus(rollout, rolloutStatus(rollout, clock.now()));
  }

  async function createNewSet(rollout: Rollout): Promise<Rollout> {
    const { deployment } = rollout;
    const replicas = newSetReplicas(rollout, 0);
    const created = await createSet(deployment, newReplicaSet(rollout, replicas));
    if (created.isNew && replicas > 0) {
      const { name } = created.set.metadata;
      recorder.event(
        deployment,
        'Normal',
        'ScalingReplicaSet',
        `Scaled up replica set ${name} from 0 to ${replicas}`,
      );
    }
    const message = `Created new replica set "${created.set.metadata.name}"`;
    const condition =
      created.isNew && hasDeadline(deployment)
        ? progressing('True', 'NewReplicaSetCreated', message, clock.now())
        : undefined;
    const marked = await mark(deployment, condition, nextRevision(rollout));
    return { ...rollout, deployment: marked, newSet: created.set };
  }

  async function createSet(
    deployment: Live<Deployment>,
    set: ReplicaSet,
  ): Promise<{ set: Live<ReplicaSet>; isNew: boolean }> {
    try {
      return { set: setInformer.learn(await client.create(replicasets, set)), isNew: true };
    } catch (error) {
      if (ApiError.is(error, 'AlreadyExists'))
        return { set: await takeExisting(deployment, set, error), isNew: false };
      if (!isTerminating(error) && hasDeadline(deployment)) {
        const message = `Failed to create new replica set "${set.metadata?.name}": ${messageOf(error)}`;
        recorder.event(deployment, 'Warning', 'ReplicaSetCreateError', message);
        await mark(
          deployment,
          progressing('False', 'ReplicaSetCreateError', message, clock.now()),
          undefined,
        );
      }
      throw error;
    }
  }

  /** The name is taken: by our own earlier try, or by another template with the same hash (then the next hash is tried). */
  async function takeExisting(
    deployment: Live<Deployment>,
    set: ReplicaSet,
    error: ApiError,
  ): Promise<Live<ReplicaSet>> {
    const existing = await client.get(replicasets, addressOf(set));
    if (isControlledBy(existing, deployment) && sameTemplate(existing.spec?.template, set.spec?.template)) {
      return setInformer.learn(existing);
    }
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    await put({ ...deployment, status: { ...deployment.status, collisionCount } });
    throw error;
  }

  /** Brings what is written on the new ReplicaSet up to date with the Deployment. */
  async function keepUp(rollout: Rollout, newSet: Live<ReplicaSet>): Promise<Rollout> {
    const { deployment } = rollout;
    const written = newSetAnnotations(deployment, newSet, nextRevision(rollout));
    const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
    let set = newSet;
    if (!hasAnnotations(newSet, written) || (newSet.spec?.minReadySeconds ?? 0) !== minReadySeconds) {
      set = await putSet(changedSet(newSet, { minReadySeconds }, written));
    }
    const isKnown = findCondition(deployment.status?.conditions, 'Progressing') !== undefined;
    const message = `Found new replica set "${set.metadata.name}"`;
    const condition =
      !isKnown && hasDeadline(deployment)
        ? progressing('True', 'FoundNewReplicaSet', message, clock.now())
        : undefined;
    const revision = Number(set.metadata.annotations?.[annotations.revision] ?? 0);
    return { ...rollout, deployment: await mark(deployment, condition, revision), newSet: set };
  }

  /** Sizes ReplicaSets, and writes on them for which size of the Deployment. */
  async function act(rollout: Rollout, scalings: readonly Scaling[]): Promise<Rollout> {
    let { newSet, oldSets } = rollout;
    for (const scaling of scalings) {
      const scaled = await scale(rollout.deployment, scaling);
      if (scaled.metadata.uid === newSet?.metadata.uid) newSet = scaled;
      else oldSets = oldSets.map((set) => (set.metadata.uid === scaled.metadata.uid ? scaled : set));
    }
    return { ...rollout, newSet, oldSets };
  }

  async function scale(deployment: Live<Deployment>, { set, replicas }: Scaling): Promise<Live<ReplicaSet>> {
    const sizes = sizeAnnotations(deployment);
    const before = replicasOf(set);
    if (before === replicas && hasAnnotations(set, sizes)) return set;
    const scaled = await putSet(changedSet(set, { replicas }, sizes));
    if (before !== replicas) {
      const way = before < replicas ? 'up' : 'down';
      const message = `Scaled ${way} replica set ${set.metadata.name} from ${before} to ${replicas}`;
      recorder.event(deployment, 'Normal', 'ScalingReplicaSet', message);
    }
    return scaled;
  }

  async function putSet(set: Live<ReplicaSet>): Promise<Live<ReplicaSet>> {
    return setInformer.learn(await client.update(replicasets, set));
  }

  async function put(deployment: Live<Deployment>): Promise<Live<Deployment>> {
    return informer.learn(await client.update(deployments, deployment, { subresource: 'status' }));
  }

  /** Writes a condition and the revision on the Deployment, where they aren't there yet. */
  async function mark(
    deployment: Live<Deployment>,
    condition: DeploymentCondition | undefined,
    revision: number | undefined,
  ): Promise<Live<Deployment>> {
    const written: Record<string, string> =
      revision === undefined ? {} : { [annotations.revision]: String(revision) };
    if (!condition && hasAnnotations(deployment, written)) return deployment;
    const conditions = deployment.status?.conditions ?? [];
    return put({
      ...deployment,
      metadata: { ...deployment.metadata, annotations: { ...deployment.metadata.annotations, ...written } },
      status: {
        ...deployment.status,
        conditions: condition ? withCondition(conditions, condition) : conditions,
      },
    });
  }

  async function markPause(deployment: Live<Deployment>): Promise<Live<Deployment>> {
    const condition = pauseCondition(deployment, clock.now());
    return condition ? mark(deployment, condition, undefined) : deployment;
  }

  async function writeStatus({ deployment }: Rollout, status: DeploymentStatus): Promise<Outcome> {
    if (!sameStatus(deployment.status, status)) await put({ ...deployment, status });
    const wait = untilDeadline(deployment, status, clock.now());
    return wait === undefined ? undefined : { requeueAfter: wait };
  }

  async function forgetOld(rollout: Rollout): Promise<void> {
    for (const set of setsToForget(rollout)) {
      const preconditions = { uid: set.metadata.uid, resourceVersion: set.metadata.resourceVersion };
      await orNothing(
        client.delete(replicasets, addressOf(set), { preconditions, propagationPolicy: 'Background' }),
      );
    }
  }

  function hasOldPods({ newSet, oldSets }: Rollout): boolean {
    const old = oldSets.filter(({ metadata }) => metadata.uid !== newSet?.metadata.uid);
    return old.some(({ metadata }) =>
      belongingTo(podInformer, metadata.uid).some((pod) => !isTerminated(pod)),
    );
  }

  function deploymentsMatching(set: Live<ReplicaSet>): string[] {
    return informer
      .inNamespace(set.metadata.namespace ?? '')
      .filter(({ spec }) => selectorFrom(spec?.selector).matches(set.metadata.labels))
      .map(keyOf);
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

function isTerminating(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
