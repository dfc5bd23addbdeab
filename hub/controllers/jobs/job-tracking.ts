// Takes the tracking finalizer off pods that no Job will count any more: theirs has ended, or has gone.

import { jobs, type Pod, pods } from '../../../shared/api/index.ts';
import { type Controller, keyOf, mapped } from '../../../shared/client/index.ts';
import { apiVersionOf, controllerOf, type Live } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { belongingTo, indexByController } from '../pods/claim.ts';
import { isJobFinished, isManagedElsewhere, isTracked } from './job-pods.ts';
import { untrack } from './job-writer.ts';

export function jobTrackingController({ client, informers }: ControllerContext): Controller {
  const informer = informers.of(jobs);
  const podInformer = informers.of(pods);
  indexByController(podInformer);

  return {
    name: 'job-tracking',
    sources: [
      mapped(podInformer, ({ type, object }) =>
        type !== 'DELETED' && isTracked(object) && !isCounting(object) ? [keyOf(object)] : [],
      ),
      mapped(informer, ({ type, object }) =>
        type === 'DELETED' || isJobFinished(object)
          ? belongingTo(podInformer, object.metadata.uid).filter(isTracked).map(keyOf)
          : [],
      ),
    ],
    async reconcile(key) {
      const pod = podInformer.get(key);
      if (pod && isTracked(pod) && !(await mayBeCounted(pod))) await untrack(client, pod);
    },
  };

  /** As far as the informer knows. */
  function isCounting(pod: Live<Pod>): boolean {
    const owner = controllerOf(pod);
    const job = owner && informer.get({ namespace: pod.metadata.namespace ?? '', name: owner.name });
    return job?.metadata.uid === owner?.uid && job !== undefined && !isJobFinished(job);
  }

  /** Asks the API: the informer of Jobs may be behind that of pods. */
  async function mayBeCounted(pod: Live<Pod>): Promise<boolean> {
    const owner = controllerOf(pod);
    if (!owner) return false;
    if (owner.kind !== jobs.kind || owner.apiVersion !== apiVersionOf(jobs)) return true;
    const address = { namespace: pod.metadata.namespace ?? '', name: owner.name };
    const job = await orNothing(client.get(jobs, address));
    if (job?.metadata.uid !== owner.uid) return false;
    return !isJobFinished(job) || isManagedElsewhere(job);
  }
}
