// What a failed pod means for its Job: by spec.podFailurePolicy (KEP-3329), and how long its replacement waits. Pure.

import type { Job, Pod } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { finishedAt } from './job-pods.ts';

type Policy = NonNullable<NonNullable<Job['spec']>['podFailurePolicy']>;
type Rule = Policy['rules'][number];

export interface FailureMatch {
  /** Of the first rule that fits; absent: none does. */
  action?: string;
  /** Towards the backoff limit. */
  counts: boolean;
  /** Why the Job fails, with action FailJob. */
  message?: string;
}

export function matchFailure(policy: Policy | undefined, pod: Live<Pod>): FailureMatch {
  for (const [position, rule] of (policy?.rules ?? []).entries()) {
    const why = fitOf(rule, pod);
    if (why === undefined) continue;
    const { action } = rule;
    const message = `${why} matching ${action} rule at index ${position}`;
    return { action, counts: action !== 'Ignore', ...(action === 'FailJob' && { message }) };
  }
  return { counts: true };
}

/** Says what fits, in upstream's words. */
function fitOf({ onExitCodes, onPodConditions = [] }: Rule, pod: Live<Pod>): string | undefined {
  const { namespace, name } = pod.metadata;
  const { containerStatuses = [], initContainerStatuses = [], conditions = [] } = pod.status ?? {};
  if (onExitCodes) {
    const { operator, values, containerName } = onExitCodes;
    const ended = [...containerStatuses, ...initContainerStatuses].find((container) => {
      const code = container.state?.terminated?.exitCode ?? 0;
      if (code === 0 || (containerName ?? container.name) !== container.name) return false;
      return values.includes(code) === (operator === 'In');
    });
    if (!ended) return undefined;
    const code = ended.state?.terminated?.exitCode;
    return `Container ${ended.name} for pod ${namespace}/${name} failed with exit code ${code}`;
  }
  const condition = conditions.find(({ type, status }) =>
    onPodConditions.some((pattern) => pattern.type === type && (pattern.status || 'True') === status),
  );
  return condition && `Pod ${namespace}/${name} has condition ${condition.type}`;
}

/** Failures since the last success, and when the last one was. */
export interface Backoff {
  failures: number;
  /** Milliseconds since the epoch. */
  last: number;
}

export const noBackoff: Backoff = { failures: 0, last: 0 };
const firstDelay = 10_000;
const longestDelay = 10 * 60_000;

/** What these pods, which have ended, add to it. Ends lie in the past, whatever the clock of a node says. */
export function addToBackoff(
  backoff: Backoff,
  succeeded: readonly Live<Pod>[],
  failed: readonly Live<Pod>[],
  now: number,
): Backoff {
  const endOf = (pod: Live<Pod>) => Math.min(finishedAt(pod), now);
  const lastSuccess = Math.max(...succeeded.map(endOf), Number.NEGATIVE_INFINITY);
  const after = failed.map(endOf).filter((end) => end >= lastSuccess);
  const before = succeeded.length > 0 ? 0 : backoff.failures;
  if (after.length === 0) return succeeded.length > 0 ? noBackoff : backoff;
  return { failures: before + after.length, last: Math.max(...after) };
}

/** Milliseconds until a pod may be created: 10 s after the first failure, then twice as long each time, 10 min at most. */
export function backoffLeft({ failures, last }: Backoff, now: number): number {
  if (failures === 0) return 0;
  const delay = Math.min(longestDelay, firstDelay * 2 ** Math.min(failures - 1, 10));
  return Math.min(delay, Math.max(0, last + delay - now));
}
