// What the Deployment controller writes: ReplicaSets, their sizes, and what stands on them and on the Deployment.
// Every answer goes into the informers at once, and every method answers the world as it is afterwards.

import { type Deployment, deployments, type ReplicaSet, replicasets } from '../../../shared/api/index.ts';
import { type Clock, messageOf } from '../../../shared/base/index.ts';
import { addressOf, type Client, type Informer, type Recorder } from '../../../shared/client/index.ts';
import { ApiError, findCondition, isControlledBy, type Live } from '../../../shared/machinery/index.ts';
import { isNamespaceTerminating, orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import {
  annotations,
  changedSet,
  hasAnnotations,
  newReplicaSet,
  newSetAnnotations,
  nextRevision,
  type Rollout,
  replicasOf,
  revisionOfSet,
  sameTemplate,
  setsToForget,
  sizeAnnotations,
} from './plan-deployment-sets.ts';
import {
  type DeploymentCondition,
  hasDeadline,
  progressing,
  withCondition,
} from './plan-deployment-status.ts';
import { newSetReplicas, type Scaling } from './plan-rollout.ts';

export class DeploymentWriter {
  private readonly client: Client;
  private readonly clock: Clock;
  private readonly recorder: Recorder;
  private readonly deployments: Informer<Deployment>;
  private readonly sets: Informer<ReplicaSet>;

  constructor({ client, clock, recorder, informers }: ControllerContext) {
    this.client = client;
    this.clock = clock;
    this.recorder = recorder.from('deployment-controller');
    this.deployments = informers.of(deployments);
    this.sets = informers.of(replicasets);
  }

  async createNewSet(rollout: Rollout): Promise<Rollout> {
    const { deployment } = rollout;
    const replicas = newSetReplicas(rollout, 0);
    const created = await this.createSet(deployment, newReplicaSet(rollout, replicas));
    if (created.isNew && replicas > 0) {
      const { name } = created.set.metadata;
      this.recorder.event(
        deployment,
        'Normal',
        'ScalingReplicaSet',
        `Scaled up replica set ${name} from 0 to ${replicas}`,
      );
    }
    const message = `Created new replica set "${created.set.metadata.name}"`;
    const condition =
      created.isNew && hasDeadline(deployment)
        ? progressing('True', 'NewReplicaSetCreated', message, this.clock.now())
        : undefined;
    const marked = await this.mark(deployment, condition, nextRevision(rollout));
    return { ...rollout, deployment: marked, newSet: created.set };
  }

  private async createSet(
    deployment: Live<Deployment>,
    set: ReplicaSet,
  ): Promise<{ set: Live<ReplicaSet>; isNew: boolean }> {
    try {
      return { set: this.sets.learn(await this.client.create(replicasets, set)), isNew: true };
    } catch (error) {
      if (ApiError.is(error, 'AlreadyExists'))
        return { set: await this.takeExisting(deployment, set, error), isNew: false };
      if (!isNamespaceTerminating(error) && hasDeadline(deployment)) {
        const message = `Failed to create new replica set "${set.metadata?.name}": ${messageOf(error)}`;
        this.recorder.event(deployment, 'Warning', 'ReplicaSetCreateError', message);
        await this.mark(
          deployment,
          progressing('False', 'ReplicaSetCreateError', message, this.clock.now()),
          undefined,
        );
      }
      throw error;
    }
  }

  /** The name is taken: by our own earlier try, or by another template with the same hash (then the next hash is tried). */
  private async takeExisting(
    deployment: Live<Deployment>,
    set: ReplicaSet,
    error: ApiError,
  ): Promise<Live<ReplicaSet>> {
    const existing = await this.client.get(replicasets, addressOf(set));
    if (isControlledBy(existing, deployment) && sameTemplate(existing.spec?.template, set.spec?.template)) {
      return this.sets.learn(existing);
    }
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    await this.put({ ...deployment, status: { ...deployment.status, collisionCount } });
    throw error;
  }

  /** Brings what is written on the new ReplicaSet up to date with the Deployment. */
  async keepUp(rollout: Rollout, newSet: Live<ReplicaSet>): Promise<Rollout> {
    const { deployment } = rollout;
    const written = newSetAnnotations(deployment, newSet, nextRevision(rollout));
    const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
    let set = newSet;
    if (!hasAnnotations(newSet, written) || (newSet.spec?.minReadySeconds ?? 0) !== minReadySeconds) {
      set = await this.putSet(changedSet(newSet, { minReadySeconds }, written));
    }
    const isKnown = findCondition(deployment.status?.conditions, 'Progressing') !== undefined;
    const message = `Found new replica set "${set.metadata.name}"`;
    const condition =
      !isKnown && hasDeadline(deployment)
        ? progressing('True', 'FoundNewReplicaSet', message, this.clock.now())
        : undefined;
    const revision = revisionOfSet(set);
    return { ...rollout, deployment: await this.mark(deployment, condition, revision), newSet: set };
  }

  /** Sizes ReplicaSets, and writes on them for which size of the Deployment. */
  async act(rollout: Rollout, scalings: readonly Scaling[]): Promise<Rollout> {
    let { newSet, oldSets } = rollout;
    for (const scaling of scalings) {
      const scaled = await this.scale(rollout.deployment, scaling);
      if (scaled.metadata.uid === newSet?.metadata.uid) newSet = scaled;
      else oldSets = oldSets.map((set) => (set.metadata.uid === scaled.metadata.uid ? scaled : set));
    }
    return { ...rollout, newSet, oldSets };
  }

  private async scale(deployment: Live<Deployment>, { set, replicas }: Scaling): Promise<Live<ReplicaSet>> {
    const sizes = sizeAnnotations(deployment);
    const before = replicasOf(set);
    if (before === replicas && hasAnnotations(set, sizes)) return set;
    const scaled = await this.putSet(changedSet(set, { replicas }, sizes));
    if (before !== replicas) {
      const way = before < replicas ? 'up' : 'down';
      const message = `Scaled ${way} replica set ${set.metadata.name} from ${before} to ${replicas}`;
      this.recorder.event(deployment, 'Normal', 'ScalingReplicaSet', message);
    }
    return scaled;
  }

  private async putSet(set: Live<ReplicaSet>): Promise<Live<ReplicaSet>> {
    return this.sets.learn(await this.client.update(replicasets, set));
  }

  async put(deployment: Live<Deployment>): Promise<Live<Deployment>> {
    return this.deployments.learn(
      await this.client.update(deployments, deployment, { subresource: 'status' }),
    );
  }

  /** Writes a condition and the revision on the Deployment, where they aren't there yet. */
  async mark(
    deployment: Live<Deployment>,
    condition: DeploymentCondition | undefined,
    revision: bigint | undefined,
  ): Promise<Live<Deployment>> {
    const written: Record<string, string> =
      revision === undefined ? {} : { [annotations.revision]: String(revision) };
    if (!condition && hasAnnotations(deployment, written)) return deployment;
    const conditions = deployment.status?.conditions ?? [];
    return this.put({
      ...deployment,
      metadata: { ...deployment.metadata, annotations: { ...deployment.metadata.annotations, ...written } },
      status: {
        ...deployment.status,
        conditions: condition ? withCondition(conditions, condition) : conditions,
      },
    });
  }

  async forgetOld(rollout: Rollout): Promise<void> {
    for (const set of setsToForget(rollout)) {
      const preconditions = { uid: set.metadata.uid, resourceVersion: set.metadata.resourceVersion };
      await orNothing(
        this.client.delete(replicasets, addressOf(set), { preconditions, propagationPolicy: 'Background' }),
      );
    }
  }
}
