// What may change of a Job: how many pods run at once, for how long; of an indexed one also how many there are, and of
// one that has not started where its pods go.

import type { Job, JobSpec } from 'kubernetes-types/batch/v1';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import {
  deepEqual,
  type FieldError,
  FieldPath,
  faults,
  type Live,
  mutableCopy,
} from '../../machinery/index.ts';
import { validateSelectorUpdate } from '../apps/replicated-pods.ts';
import { isIndexed } from './job-indexes.ts';

const path = new FieldPath('spec');

export function validateJobUpdate({ spec: next }: Job, { spec: old, status }: Live<Job>): FieldError[] {
  if (!next || !old) return [];
  const movable = old.suspend === true && status?.startTime === undefined;
  return [
    ...validateCompletions(next, old),
    ...validateSelectorUpdate(next.selector, old.selector, path.child('selector')),
    ...validateTemplate(next.template, old.template, movable),
    ...(
      ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const
    ).flatMap((field) => immutable(field, next, old)),
  ];
}

function immutable(field: keyof JobSpec, next: JobSpec, old: JobSpec): FieldError[] {
  if (deepEqual(next[field], old[field])) return [];
  return [faults.invalid(path.child(field), next[field], 'field is immutable')];
}

function validateCompletions(next: JobSpec, old: JobSpec): FieldError[] {
  if (!isIndexed(next)) return immutable('completions', next, old);
  // That there has to be a number is said of the spec; it goes with the number of pods.
  if ([old.completions, next.parallelism, undefined].includes(next.completions)) return [];
  const detail = 'can only be modified in tandem with spec.parallelism';
  return [faults.invalid(path.child('completions'), next.completions, detail)];
}

function validateTemplate(next: PodTemplateSpec, old: PodTemplateSpec, movable: boolean): FieldError[] {
  const before = movable ? withDirectives(old, next) : old;
  if (deepEqual(withoutUndefined(next), withoutUndefined(before))) return [];
  return [faults.invalid(path.child('template'), next, 'field is immutable')];
}

function withoutUndefined(template: PodTemplateSpec): PodTemplateSpec {
  return mutableCopy(template);
}

/** The old template with all of the new one that says where its pods go. */
function withDirectives(old: PodTemplateSpec, next: PodTemplateSpec): PodTemplateSpec {
  const { labels, annotations } = next.metadata ?? {};
  const spec = { containers: [], ...old.spec };
  const { nodeSelector, tolerations, schedulingGates, affinity } = next.spec ?? {};
  const merged = { ...spec.affinity, nodeAffinity: affinity?.nodeAffinity };
  const others = Object.values(merged).some((each) => each !== undefined);
  return mutableCopy({
    ...old,
    metadata: { ...old.metadata, labels, annotations },
    spec: { ...spec, nodeSelector, tolerations, schedulingGates, affinity: others ? merged : affinity && {} },
  });
}
