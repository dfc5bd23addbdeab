// spec.successPolicy of a Job (KEP-3998): which indexes have to succeed for the job to have succeeded.

import type { JobSpec, SuccessPolicyRule } from 'kubernetes-types/batch/v1';
import { type FieldError, type FieldPath, faults } from '../../machinery/index.ts';
import { notNegative } from '../apps/replicated-pods.ts';
import { countIndexes, whyNoIndexes } from './index-list.ts';
import { isIndexed } from './job-indexes.ts';

const mostRules = 20;
const longestIndexes = 64 * 1024;

/** `path` is that of the policy. */
export function validateSuccessPolicy(spec: JobSpec, path: FieldPath): FieldError[] {
  const { successPolicy: policy } = spec;
  if (!policy) return [];
  if (!isIndexed(spec)) return [faults.invalid(path, policy, 'requires indexed completion mode')];
  const at = path.child('rules');
  const rules = policy.rules ?? [];
  if (rules.length === 0) {
    const detail = 'at least one rules must be specified when the successPolicy is specified';
    return [faults.required(at, detail)];
  }
  const completions = spec.completions ?? 0;
  return [
    ...(rules.length > mostRules ? [faults.tooMany(at, rules.length, mostRules)] : []),
    ...rules.flatMap((rule, position) => validateRule(rule, completions, at.index(position))),
  ];
}

function validateRule(
  { succeededIndexes: indexes, succeededCount: count }: SuccessPolicyRule,
  completions: number,
  path: FieldPath,
): FieldError[] {
  if (indexes === undefined && count === undefined) {
    return [faults.required(path, 'at least one of succeededCount or succeededIndexes must be specified')];
  }
  const found = indexes === undefined ? [] : validateIndexList(indexes, completions, path);
  if (count === undefined) return found;
  const at = path.child('succeededCount');
  found.push(...notNegative(count, at));
  if (count > completions)
    found.push(tooGreat(at, count, completions, 'the number of specified completions'));
  const total = indexes === undefined ? count : countIndexes(indexes, completions);
  if (count > total) {
    const what = 'the number of indexes in the specified succeededIndexes field';
    found.push(tooGreat(at, count, total, what));
  }
  return found;
}

function tooGreat(path: FieldPath, count: number, limit: number, what: string): FieldError {
  return faults.invalid(path, count, `must be less than or equal to ${limit} (${what})`);
}

function validateIndexList(indexes: string, completions: number, path: FieldPath): FieldError[] {
  const at = path.child('succeededIndexes');
  const why = whyNoIndexes(indexes, completions);
  return [
    ...(Buffer.byteLength(indexes) > longestIndexes ? [faults.tooLong(at, longestIndexes)] : []),
    ...(why === undefined ? [] : [faults.invalid(at, indexes, `error parsing succeededIndexes: ${why}`)]),
  ];
}
