// spec.successPolicy of a Job (KEP-3998): which indexes have to succeed for the job to have succeeded.

import type { JobSpec, SuccessPolicyRule } from 'kubernetes-types/batch/v1';
import { type FieldError, type FieldPath, faults } from '../../machinery/index.ts';
import { notNegative } from '../apps/replicated-pods.ts';
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
  if (rules.length > mostRules) return [faults.tooMany(at, rules.length, mostRules)];
  const completions = spec.completions ?? 0;
  return rules.flatMap((rule, position) => validateRule(rule, completions, at.index(position)));
}

function validateRule(
  { succeededIndexes: indexes, succeededCount: count }: SuccessPolicyRule,
  completions: number,
  path: FieldPath,
): FieldError[] {
  if (indexes === undefined && count === undefined) {
    return [faults.required(path, 'at least one of succeededCount or succeededIndexes must be specified')];
  }
  const total = indexes === undefined ? undefined : countIndexes(indexes, completions);
  const found = typeof total === 'string' ? [unreadable(indexes, total, path)] : [];
  if (indexes !== undefined && Buffer.byteLength(indexes) > longestIndexes) {
    found.unshift(faults.tooLong(path.child('succeededIndexes'), longestIndexes));
  }
  if (count === undefined) return found;
  const at = path.child('succeededCount');
  found.push(...notNegative(count, at));
  if (count > completions)
    found.push(tooGreat(at, count, completions, 'the number of specified completions'));
  if (typeof total === 'number' && count > total) {
    const what = 'the number of indexes in the specified succeededIndexes field';
    found.push(tooGreat(at, count, total, what));
  }
  return found;
}

function tooGreat(path: FieldPath, count: number, limit: number, what: string): FieldError {
  return faults.invalid(path, count, `must be less than or equal to ${limit} (${what})`);
}

function unreadable(indexes: string | undefined, why: string, path: FieldPath): FieldError {
  return faults.invalid(path.child('succeededIndexes'), indexes, `error parsing succeededIndexes: ${why}`);
}

/** How many indexes `0,2-4` names; a text says why it cannot be read. */
function countIndexes(text: string, completions: number): number | string {
  if (text === '') return 0;
  let total = 0;
  let last: number | undefined;
  for (const interval of text.split(',')) {
    const limits = interval.split('-');
    if (limits.length > 2)
      return `the fragment "${interval}" violates the requirement that an index interval can have at most two parts separated by '-'`;
    const numbers: number[] = [];
    for (const limit of limits) {
      if (!/^\d+$/.test(limit)) return `cannot convert string to integer for index: "${limit}"`;
      numbers.push(Number(limit));
    }
    const [first = 0, end = first] = numbers;
    if (end >= completions) return `too large index: "${limits.at(-1)}"`;
    if (last !== undefined && first <= last)
      return `non-increasing order, previous: ${last}, current: ${first}`;
    if (limits.length === 2 && end <= first)
      return `non-increasing order, previous: ${first}, current: ${end}`;
    total += end - first + 1;
    last = end;
  }
  return total;
}
