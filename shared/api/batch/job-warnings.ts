// What a person should know of a Job that is valid.

import type { JobSpec } from 'kubernetes-types/batch/v1';
import type { FieldPath } from '../../machinery/index.ts';
import { podTemplateWarnings } from '../core/pod-warnings.ts';

const manyCompletions = 100_000;
const manyAtOnce = 10_000;

export function jobSpecWarnings(spec: JobSpec, path: FieldPath): string[] {
  const { completionMode, completions = 0, parallelism = 0, template } = spec;
  const huge =
    completionMode === 'Indexed' && completions > manyCompletions && parallelism > manyAtOnce
      ? [
          `${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`,
        ]
      : [];
  return [...huge, ...podTemplateWarnings(template, path.child('template'))];
}
