// Keeps as many pods of a ReplicaSet running as it asks for: creates what is missing, in growing batches, and deletes what
// is too many, the least useful first. Takes in orphans that its selector matches and lets go what matches no longer.

import { type Pod, pods, type ReplicaSet, replicasets } from '../../shared/api/index.ts';
import { messageOf } from '../../shared/base/index.ts';
import {
  addressOf,
  type Controller,
  each,
  keyOf,
  mapped,
  type Outcome,
  ownersOf,
} from '../../shared/client/index.ts';
import {
  controllerOf,
  deepEqual,
  type Live,
  newControllerRef,
  selectorFrom,
} from '../../shared/machinery/index.ts';
import { isNamespaceTerminating, orNothing } from './api-answers.ts';
import { belongingTo, claim, indexByController } from './claim.ts';
import type { ControllerContext } from './context.ts';
import {
  planReplicas,
  type ReplicaFailure,
  replicaSetStatus,
  untilNextAvailable,
} from './plan-replica-set.ts';
import { isActive } from './pod-facts.ts';
import { slowStart } from './slow-start.ts';

export function replicaSetController(context: ControllerContext): Controller {
  const { client, clock } = context;
  const recorder = context.recorder.from('replicaset-controller');
  const setInformer = context.informers.of(replicasets);
  const podInformer = context.informers.of(pods);
  /** Pods whose deletion was asked for and that the informer still shows alive. */
  const leaving = new Set<string>();
  indexByController(setInformer);
  indexByController(podInformer);

  return {
    name: 'replicaset',
    workers: 8,
    sources: [
      each(setInformer),
      ownersOf(podInformer, 'apps', 'ReplicaSet'),
      mapped(podInformer, ({ type, object }) => {
        if (type === 'DELETED' || object.metadata.deletionTimestamp) leaving.delete(object.metadata.uid);
        return type === 'DELETED' || controllerOf(object) ? [] : setsMatching(object);
      }),
    ],
    reconcile,
  };

  async function reconcile(key: string): Promise<Outcome> {
    const replicaSet = setInformer.get(key);
    if (!replicaSet) return;
    const claimed = await claim<ReplicaSet, Pod>({
      client,
      owner: replicaSet,
      ownerResource: replicasets,
      ownerKind: replicasets,
      resource: pods,
      informer: podInformer,
      selector: selectorFrom(replicaSet.spec?.selector),
      mayAdopt: isActive,
    });
    const active = claimed.filter((pod) => isActive(pod) && !leaving.has(pod.metadata.uid));
    const failure = replicaSet.metadata.deletionTimestamp ? undefined : await adjust(replicaSet, active);
    await writeStatus(replicaSet, active, failure?.said);
    if (failure) throw failure.error;
    const wait = untilNextAvailable(active, replicaSet.spec?.minReadySeconds ?? 0, clock.now());
    return wait === undefined ? undefined : { requeueAfter: wait };
  }

  /** Creates and deletes as planned; answers the first failure that is worth another try. */
  async function adjust(
    replicaSet: Live<ReplicaSet>,
    active: readonly Live<Pod>[],
  ): Promise<{ said: ReplicaFailure; error: unknown } | undefined> {
    const plan = planReplicas({
      replicaSet,
      pods: active,
      relatedOn: countRelated(replicaSet),
      now: clock.now(),
    });
    try {
      await slowStart(plan.create, () => createPod(replicaSet));
    } catch (error) {
      return { said: { reason: 'FailedCreate', message: messageOf(error) }, error };
    }
    const removals = await Promise.allSettled(plan.remove.map((pod) => removePod(replicaSet, pod)));
    const failed = removals.find((removal) => removal.status === 'rejected');
    if (!failed) return undefined;
    return { said: { reason: 'FailedDelete', message: messageOf(failed.reason) }, error: failed.reason };
  }

  async function createPod(replicaSet: Live<ReplicaSet>): Promise<void> {
    try {
      const pod = podInformer.learn(await client.create(pods, podOf(replicaSet)));
      recorder.event(replicaSet, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    } catch (error) {
      // The namespace is going away, and this ReplicaSet with it.
      if (isNamespaceTerminating(error)) return;
      recorder.event(replicaSet, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
      throw error;
    }
  }

  async function removePod(replicaSet: Live<ReplicaSet>, pod: Live<Pod>): Promise<void> {
    const { uid, name } = pod.metadata;
    leaving.add(uid);
    try {
      await orNothing(client.delete(pods, addressOf(pod), { preconditions: { uid } }));
      recorder.event(replicaSet, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
    } catch (error) {
      leaving.delete(uid);
      recorder.event(replicaSet, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
      throw error;
    }
  }

  async function writeStatus(
    replicaSet: Live<ReplicaSet>,
    active: readonly Live<Pod>[],
    failure: ReplicaFailure | undefined,
  ): Promise<void> {
    const status = replicaSetStatus(replicaSet, active, failure, clock.now());
    if (deepEqual(status, replicaSet.status)) return;
    const answer = await orNothing(
      client.update(replicasets, { ...replicaSet, status }, { subresource: 'status' }),
    );
    if (answer) setInformer.learn(answer);
  }

  /** Pods on a node that belong to the same Deployment (to the same ReplicaSet, where there is none). */
  function countRelated(replicaSet: Live<ReplicaSet>): (nodeName: string) => number {
    const owner = controllerOf(replicaSet)?.uid;
    const family = owner ? belongingTo(setInformer, owner) : [replicaSet];
    const counts = new Map<string, number>();
    for (const pod of family.flatMap(({ metadata }) => belongingTo(podInformer, metadata.uid))) {
      const node = pod.spec?.nodeName ?? '';
      if (isActive(pod)) counts.set(node, (counts.get(node) ?? 0) + 1);
    }
    return (nodeName) => counts.get(nodeName) ?? 0;
  }

  function setsMatching(pod: Live<Pod>): string[] {
    return setInformer
      .inNamespace(pod.metadata.namespace ?? '')
      .filter(({ spec }) => selectorFrom(spec?.selector).matches(pod.metadata.labels))
      .map(keyOf);
  }
}

/** A pod as the ReplicaSet's template says, owned by it. */
function podOf(replicaSet: Live<ReplicaSet>): Pod {
  const { template } = replicaSet.spec ?? {};
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  const { name, namespace } = replicaSet.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${name}-`,
      ...(namespace && { namespace }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ownerReferences: [newControllerRef(replicaSet, replicasets)],
    },
    ...(template?.spec && { spec: template.spec }),
  };
}
