// Deletes Jobs spec.ttlSecondsAfterFinished after their end, with their pods.

import { type Job, jobs } from '../../../shared/api/index.ts';
import { addressOf, type Controller, each } from '../../../shared/client/index.ts';
import { findCondition, type Live, parseTime } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { finishedTypeOf } from './job-pods.ts';

export function jobTtlController({ client, clock, informers }: ControllerContext): Controller {
  const informer = informers.of(jobs);
  return {
    name: 'ttl-after-finished',
    sources: [each(informer)],
    async reconcile(key) {
      const known = informer.get(key);
      if (!known) return;
      const wait = untilExpired(known, clock.now());
      if (wait === undefined) return;
      if (wait > 0) return { requeueAfter: wait };
      // It may have been given more time meanwhile.
      const job = await orNothing(client.get(jobs, addressOf(known)));
      if (!job || untilExpired(job, clock.now()) !== 0) return;
      const { uid, resourceVersion } = job.metadata;
      const preconditions = { uid, ...(resourceVersion && { resourceVersion }) };
      await orNothing(
        client.delete(jobs, addressOf(job), { propagationPolicy: 'Foreground', preconditions }),
      );
    },
  };
}

/** Milliseconds; undefined: never, or it is going already. */
function untilExpired({ metadata, spec, status }: Live<Job>, now: number): number | undefined {
  const type = finishedTypeOf(status);
  const seconds = spec?.ttlSecondsAfterFinished;
  if (type === undefined || seconds === undefined || metadata.deletionTimestamp) return undefined;
  const end = parseTime(findCondition(status?.conditions, type)?.lastTransitionTime ?? '');
  return end === undefined ? undefined : Math.max(0, end + seconds * 1000 - now);
}
