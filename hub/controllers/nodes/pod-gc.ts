// Deletes pods that nobody else would: those on nodes that are gone, those that were deleted before they had a node, and
// terminated ones when there are too many, the oldest first.

import { disruptionTarget, isTerminated, nodes, type Pod, pods } from '../../../shared/api/index.ts';
import { addressOf, type Controller, keyOf, mapped, type Outcome } from '../../../shared/client/index.ts';
import { ApiError, type Live } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { indexByNode, podsOn } from './node-lifecycle.ts';

/** A node that has gone may be registered again soon. */
const quarantine = 40_000;
const crowd = 'terminated pods';
const byEnd = 'terminated';

export function podGarbageController({
  client,
  informers,
  clock,
  options,
  log,
}: ControllerContext): Controller {
  const nodeInformer = informers.of(nodes);
  const podInformer = informers.of(pods);
  /** Pod key → since when its node has been missing, on the monotonic clock. */
  const orphanedSince = new Map<string, number>();
  indexByNode(podInformer);
  podInformer.addIndex(byEnd, (pod) => (isTerminated(pod) ? [crowd] : []));

  return {
    name: 'pod-gc',
    sources: [
      mapped(podInformer, ({ type, object, previous }) => {
        const key = keyOf(object);
        if (type === 'DELETED') orphanedSince.delete(key);
        const hasEnded = isTerminated(object) && !(previous && isTerminated(previous));
        return type === 'DELETED' ? [] : [...(needsCare(object) ? [key] : []), ...(hasEnded ? [crowd] : [])];
      }),
      mapped(nodeInformer, ({ type, object }) =>
        type === 'DELETED' ? podsOn(podInformer, object.metadata.name).map(keyOf) : [],
      ),
    ],
    reads: [nodeInformer],
    reconcile: (key) => (key === crowd ? thinOut() : look(key)),
  };

  /** Before the nodes are known every node looks missing: then too much is looked at, which does no harm. */
  function needsCare({ spec, metadata }: Live<Pod>): boolean {
    return spec?.nodeName ? !nodeInformer.get(spec.nodeName) : metadata.deletionTimestamp !== undefined;
  }

  async function look(key: string): Promise<Outcome> {
    const pod = podInformer.get(key);
    if (!pod || !needsCare(pod)) {
      orphanedSince.delete(key);
      return;
    }
    if (!pod.spec?.nodeName) return remove(pod);
    const since = orphanedSince.get(key) ?? clock.monotonic();
    orphanedSince.set(key, since);
    const wait = since + quarantine - clock.monotonic();
    if (wait > 0) return { requeueAfter: wait };
    if (await isThere(pod.spec.nodeName)) return;
    await markFailed(pod);
    await remove(pod);
  }

  async function isThere(node: string): Promise<boolean> {
    return (await orNothing(client.get(nodes, { name: node }))) !== undefined;
  }

  async function markFailed(pod: Live<Pod>): Promise<void> {
    const condition = disruptionTarget('DeletionByPodGC', 'PodGC: node no longer exists', clock.now());
    const status = { ...(!isTerminated(pod) && { phase: 'Failed' }), conditions: [condition] };
    const patch = { metadata: { uid: pod.metadata.uid }, status };
    const type = 'application/strategic-merge-patch+json';
    await orNothing(client.patch(pods, addressOf(pod), type, patch, { subresource: 'status' }));
  }

  async function remove(pod: Live<Pod>): Promise<void> {
    const { uid } = pod.metadata;
    log.info({ pod: keyOf(pod) }, 'deleting a pod that nobody else would');
    try {
      await orNothing(client.delete(pods, addressOf(pod), { gracePeriodSeconds: 0, preconditions: { uid } }));
    } catch (error) {
      // A namesake has taken its place.
      if (!ApiError.is(error, 'Conflict')) throw error;
    }
  }

  async function thinOut(): Promise<void> {
    const threshold = options.terminatedPodThreshold;
    const terminated = podInformer.byIndex(byEnd, crowd);
    if (threshold <= 0 || terminated.length <= threshold) return;
    const oldest = terminated.sort((a, b) =>
      a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1,
    );
    for (const pod of oldest.slice(0, terminated.length - threshold)) await remove(pod);
  }
}
