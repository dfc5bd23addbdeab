// What is wrong with the status of a Job, and with a change of it.

import type { Job } from 'kubernetes-types/batch/v1';
import { type FieldError, FieldPath, faults, isConditionTrue, type Live } from '../../machinery/index.ts';
import { notNegative } from '../apps/replicated-pods.ts';

const path = new FieldPath('status');

export function validateJobStatus({ status = {} }: Job, old: Live<Job>): FieldError[] {
  const counts = ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const;
  const complete = isConditionTrue(status.conditions, 'Complete');
  const failed = isConditionTrue(status.conditions, 'Failed');
  const found = counts.flatMap((field) => notNegative(status[field], path.child(field)));
  if (complete && failed)
    found.push(conditionFault('Complete=True and Failed=true conditions are mutually exclusive', status));
  for (const type of ['Complete', 'Failed']) {
    const was = isConditionTrue(old.status?.conditions, type);
    if (was && !isConditionTrue(status.conditions, type)) {
      found.push(conditionFault(`cannot disable the terminal ${type}=True condition`, status));
    }
  }
  return [...found, ...validateUncounted(status.uncountedTerminatedPods)];
}

function conditionFault(detail: string, { conditions }: NonNullable<Job['status']>): FieldError {
  return faults.invalid(path.child('conditions'), conditions, detail);
}

/** Pods that have ended but are not counted yet: each is named once, with its uid. */
function validateUncounted(uncounted: NonNullable<Job['status']>['uncountedTerminatedPods']): FieldError[] {
  const seen = new Set<string>();
  return (['succeeded', 'failed'] as const).flatMap((field) =>
    (uncounted?.[field] ?? []).flatMap((uid, position) => {
      const at = path.child('uncountedTerminatedPods', field).index(position);
      if (uid === '') return [faults.invalid(at, uid, 'must not be empty')];
      if (seen.has(uid)) return [faults.duplicate(at, uid)];
      seen.add(uid);
      return [];
    }),
  );
}
