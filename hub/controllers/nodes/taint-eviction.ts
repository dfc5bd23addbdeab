// Deletes pods that don't tolerate a NoExecute taint of their node, those with tolerationSeconds when their time is over.
// Pods that are bound to a node by nature stay through its silence.

import { disruptionTarget, nodes, type Pod, pods } from '../../../shared/api/index.ts';
import { addressOf, type Controller, keyOf, mapped, type Outcome } from '../../../shared/client/index.ts';
import { deepEqual, type Live } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { indexByNode, podsOn } from './node-lifecycle.ts';
import { planEviction } from './plan-eviction.ts';

export function taintEvictionController(context: ControllerContext): Controller {
  const { client, clock } = context;
  const recorder = context.recorder.from('taint-eviction-controller');
  const nodeInformer = context.informers.of(nodes);
  const podInformer = context.informers.of(pods);
  /** Pods whose time runs. */
  const doomed = new Set<string>();
  let startedAt = 0;
  indexByNode(podInformer);

  return {
    name: 'taint-eviction',
    workers: 8,
    sources: [
      mapped(nodeInformer, ({ object, previous }) =>
        deepEqual(object.spec?.taints, previous?.spec?.taints)
          ? []
          : podsOn(podInformer, object.metadata.name).map(keyOf),
      ),
      mapped(podInformer, ({ type, object, previous }) => {
        if (type === 'DELETED') doomed.delete(object.metadata.uid);
        const isSame = previous?.spec?.nodeName === object.spec?.nodeName;
        const isAsTolerant = deepEqual(previous?.spec?.tolerations, object.spec?.tolerations);
        return type === 'DELETED' || (isSame && isAsTolerant) ? [] : [keyOf(object)];
      }),
    ],
    start: () => {
      startedAt = clock.now();
    },
    reconcile,
  };

  async function reconcile(key: string): Promise<Outcome> {
    const pod = podInformer.get(key);
    const node = nodeInformer.get(pod?.spec?.nodeName ?? '');
    if (!pod || !node || pod.metadata.deletionTimestamp) return;
    const { when } = planEviction(pod, node.spec?.taints ?? [], startedAt);
    const { uid } = pod.metadata;
    if (when === 'never') {
      if (doomed.delete(uid)) say(pod, `Cancelling deletion of Pod ${key}`);
      return;
    }
    const wait = when - clock.now();
    if (wait > 0) {
      doomed.add(uid);
      return { requeueAfter: wait };
    }
    await evict(pod, key);
  }

  async function evict(pod: Live<Pod>, key: string): Promise<void> {
    say(pod, `Marking for deletion Pod ${key}`);
    const { uid } = pod.metadata;
    const message = 'Taint manager: deleting due to NoExecute taint';
    const condition = disruptionTarget('DeletionByTaintManager', message, clock.now());
    const patch = { metadata: { uid }, status: { conditions: [condition] } };
    const type = 'application/strategic-merge-patch+json';
    await orNothing(client.patch(pods, addressOf(pod), type, patch, { subresource: 'status' }));
    await orNothing(client.delete(pods, addressOf(pod), { preconditions: { uid } }));
    doomed.delete(uid);
  }

  function say(pod: Live<Pod>, message: string): void {
    recorder.event(pod, 'Normal', 'TaintManagerEviction', message);
  }
}
