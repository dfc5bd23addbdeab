// Keeps as many pods of a ReplicaSet running as it asks for: creates what is missing, in growing batches, and deletes what
// is too many, the least useful first. Takes in orphans that its selector matches and lets go what matches no longer.
// A ReplicationController is the same by an older name.

import {
  type Pod,
  pods,
  type ReplicaSet,
  type ReplicationController,
  type Resource,
  replicasets,
  replicationcontrollers,
} from '../../../shared/api/index.ts';
import { messageOf } from '../../../shared/base/index.ts';
import { type Controller, each, type Outcome } from '../../../shared/client/index.ts';
import {
  controllerOf,
  type Live,
  type Selector,
  selectorFrom,
  selectorFromLabels,
} from '../../../shared/machinery/index.ts';
import type { ControllerContext } from '../context.ts';
import { isActive } from '../pod-facts.ts';
import { belongingTo, claim, indexByController } from '../pods/claim.ts';
import { ControlledPods } from '../pods/controlled-pods.ts';
import { podFrom } from '../pods/pod-from-template.ts';
import { allDone, slowStart } from '../pods/slow-start.ts';
import { writeStatus } from '../write-status.ts';
import {
  planReplicas,
  type ReplicaFailure,
  replicaSetStatus,
  untilNextAvailable,
} from './plan-replica-set.ts';

export function replicaSetController(context: ControllerContext): Controller {
  return replicasController(context, {
    name: 'replicaset',
    component: 'replicaset-controller',
    row: replicasets,
    selectorOf: ({ spec }) => selectorFrom(spec?.selector),
  });
}

export function replicationControllerController(context: ControllerContext): Controller {
  return replicasController(context, {
    name: 'replicationcontroller',
    component: 'replication-controller',
    row: replicationcontrollers,
    selectorOf: ({ spec }) => selectorFromLabels(spec?.selector),
  });
}

interface Kind<T extends Replicated> {
  name: string;
  /** Whose events they are. */
  component: string;
  row: Resource<T>;
  selectorOf(object: T): Selector;
}

type Replicated = ReplicaSet | ReplicationController;

function replicasController<T extends Replicated>(context: ControllerContext, kind: Kind<T>): Controller {
  const { client, clock } = context;
  const { row, selectorOf } = kind;
  const setInformer = context.informers.of(row);
  const podInformer = context.informers.of(pods);
  const controlled = new ControlledPods(context, context.recorder.from(kind.component));
  indexByController(setInformer);

  return {
    name: kind.name,
    workers: 8,
    sources: [each(setInformer), ...controlled.sources(setInformer, row, selectorOf)],
    reconcile,
  };

  async function reconcile(key: string): Promise<Outcome> {
    const replicaSet = setInformer.get(key);
    if (!replicaSet) return;
    const claimed = await claim<T, Pod>({
      client,
      owner: replicaSet,
      ownerResource: row,
      resource: pods,
      informer: podInformer,
      selector: selectorOf(replicaSet),
      mayAdopt: isActive,
    });
    const active = claimed.filter((pod) => isActive(pod) && !controlled.isLeaving(pod));
    const failure = replicaSet.metadata.deletionTimestamp ? undefined : await adjust(replicaSet, active);
    const status = replicaSetStatus(replicaSet, active, failure?.said, clock.now());
    await writeStatus(client, row, setInformer, replicaSet, status);
    if (failure) throw failure.error;
    const wait = untilNextAvailable(active, replicaSet.spec?.minReadySeconds ?? 0, clock.now());
    return wait === undefined ? undefined : { requeueAfter: wait };
  }

  /** Creates and deletes as planned; answers the first failure that is worth another try. */
  async function adjust(
    replicaSet: Live<T>,
    active: readonly Live<Pod>[],
  ): Promise<{ said: ReplicaFailure; error: unknown } | undefined> {
    const plan = planReplicas({
      replicaSet,
      pods: active,
      relatedOn: countRelated(replicaSet),
      now: clock.now(),
    });
    try {
      await slowStart(plan.create, async () => {
        await controlled.create(replicaSet, podFrom(replicaSet, row, replicaSet.spec?.template));
      });
    } catch (error) {
      return { said: { reason: 'FailedCreate', message: messageOf(error) }, error };
    }
    try {
      await allDone(plan.remove.map((pod) => controlled.remove(replicaSet, pod)));
    } catch (error) {
      return { said: { reason: 'FailedDelete', message: messageOf(error) }, error };
    }
    return undefined;
  }

  /** Pods on a node that belong to the same Deployment (to the same ReplicaSet, where there is none). */
  function countRelated(replicaSet: Live<T>): (nodeName: string) => number {
    const owner = controllerOf(replicaSet)?.uid;
    const family = owner ? belongingTo(setInformer, owner) : [replicaSet];
    const counts = new Map<string, number>();
    for (const pod of family.flatMap(({ metadata }) => belongingTo(podInformer, metadata.uid))) {
      const node = pod.spec?.nodeName ?? '';
      if (isActive(pod)) counts.set(node, (counts.get(node) ?? 0) + 1);
    }
    return (nodeName) => counts.get(nodeName) ?? 0;
  }
}
