// Takes back the word that a pod is about to go (its condition DisruptionTarget) when it has not gone after two minutes.

import { type Pod, pods } from '../../../shared/api/index.ts';
import { addressOf, type Controller, keyOf, mapped, type Outcome } from '../../../shared/client/index.ts';
import { findCondition, formatTime, type Live, parseTime } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { isActive } from '../pod-facts.ts';

const staleAfterMs = 120_000;
const type = 'DisruptionTarget';

export function staleDisruptionController({ client, clock, informers }: ControllerContext): Controller {
  const informer = informers.of(pods);

  return {
    name: 'stale-disruption',
    sources: [mapped(informer, ({ object }) => (isTarget(object) ? [keyOf(object)] : []))],
    reconcile,
  };

  async function reconcile(key: string): Promise<Outcome> {
    const pod = informer.get(key);
    if (!pod || !isTarget(pod)) return;
    const since = findCondition(pod.status?.conditions, type)?.lastTransitionTime;
    const wait = (parseTime(since ?? '') ?? 0) + staleAfterMs - clock.now();
    if (wait > 0) return { requeueAfter: wait };
    const { uid, resourceVersion } = pod.metadata;
    const condition = {
      type,
      status: 'False',
      reason: null,
      message: null,
      lastTransitionTime: formatTime(clock.now()),
    };
    const patch = { metadata: { uid, resourceVersion }, status: { conditions: [condition] } };
    const mergeType = 'application/strategic-merge-patch+json';
    const answer = await orNothing(
      client.patch(pods, addressOf(pod), mergeType, patch, { subresource: 'status' }),
    );
    if (answer) informer.learn(answer);
  }
}

/** Not what a kubelet says: that may take any time. */
function isTarget(pod: Live<Pod>): boolean {
  const condition = findCondition(pod.status?.conditions, type);
  return condition?.status === 'True' && condition.reason !== 'TerminationByKubelet' && isActive(pod);
}
