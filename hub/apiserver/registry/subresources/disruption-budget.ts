// Whether a disruption budget lets a pod go: looks, and takes one of the disruptions that it allows. After upstream's
// checkAndDecrement: what counts is what the disruption controller has written last.

import type { PodDisruptionBudget } from '../../../../shared/api/index.ts';
import { type Pod, poddisruptionbudgets, withDisruptionAllowed } from '../../../../shared/api/index.ts';
import {
  ApiError,
  findCondition,
  forbidden,
  formatTime,
  type Live,
  selectorFrom,
} from '../../../../shared/machinery/index.ts';
import { commitObject } from '../commit.ts';
import { kindOf, type RegistryParts } from '../registry-parts.ts';
import { isWriteConflict } from '../revision-errors.ts';

const mostTries = 20;
/** More evictions than that which the controller has not seen done yet. */
const mostDisrupted = 2000;
const violation = "Cannot evict pod as it would violate the pod's disruption budget.";
const noun = { group: 'policy', resource: 'poddisruptionbudget' };

/** Who has a say about the pod. */
export async function budgetsOf(
  { reader }: RegistryParts,
  pod: Live<Pod>,
): Promise<Live<PodDisruptionBudget>[]> {
  const { namespace, labels } = pod.metadata;
  const all = await reader.list(poddisruptionbudgets, namespace);
  return all.filter(({ spec }) => selectorFrom(spec?.selector).matches(labels));
}

/** A pod that isn't ready is none of the healthy ones: whether it may go without taking a disruption. */
export function letsUnhealthyGo({ spec, status }: PodDisruptionBudget): boolean {
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

/** Takes one. Throws TooManyRequests where none is left, Timeout where others were always faster. */
export async function takeDisruption(
  parts: RegistryParts,
  budget: Live<PodDisruptionBudget>,
  pod: string,
  dryRun: boolean,
): Promise<void> {
  const { namespace = '', name } = budget.metadata;
  const row = parts.index.find(
    poddisruptionbudgets.group,
    poddisruptionbudgets.version,
    poddisruptionbudgets.resource,
  );
  if (!row) throw new TypeError('there are budgets but no resource of them');
  const kind = await kindOf(parts, { resource: row });
  let current = budget;
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const next = disrupted(current, pod, formatTime(parts.clock.now()));
    const expected = Number(current.metadata.resourceVersion);
    try {
      await commitObject(parts, { kind, namespace, name, expected, dryRun }, next);
      return;
    } catch (error) {
      if (!isWriteConflict(error)) throw error;
    }
    const fresh = await parts.reader.get(poddisruptionbudgets, { namespace, name });
    if (!fresh) return; // Nobody asks any more.
    current = fresh;
  }
  const why = `Timeout: couldn't update PodDisruptionBudget ${JSON.stringify(name)} due to conflicts`;
  throw new ApiError('Timeout', why, { retryAfterSeconds: 10 });
}

/** The budget after the pod has gone. Throws TooManyRequests, Forbidden. */
function disrupted(budget: Live<PodDisruptionBudget>, pod: string, now: string): PodDisruptionBudget {
  const { name, generation = 0 } = budget.metadata;
  const { status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 } } =
    budget;
  const { disruptionsAllowed = 0, disruptedPods = {}, observedGeneration = 0 } = status;
  if (observedGeneration < generation) throw stillProcessed(name);
  if (disruptionsAllowed < 0) throw forbidden(noun, name, 'pdb disruptions allowed is negative');
  if (Object.keys(disruptedPods).length > mostDisrupted) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller';
    throw forbidden(noun, name, why);
  }
  if (disruptionsAllowed === 0) throw noneLeft(name, status);
  const taken = {
    ...status,
    disruptionsAllowed: disruptionsAllowed - 1,
    disruptedPods: { ...disruptedPods, [pod]: now },
  };
  return { ...budget, status: disruptionsAllowed === 1 ? withDisruptionAllowed(taken, now) : taken };
}

function noneLeft(name: string, status: NonNullable<PodDisruptionBudget['status']>): ApiError {
  const condition = findCondition(status.conditions, 'DisruptionAllowed');
  const message =
    condition?.reason === 'SyncFailed'
      ? `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${condition.message}`
      : `The disruption budget ${name} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`;
  return new ApiError('TooManyRequests', violation, { causes: [{ reason: 'DisruptionBudget', message }] });
}

/** Nobody knows yet what the budget allows: ask again. */
export function stillProcessed(name: string): ApiError {
  const message = `The disruption budget ${name} is still being processed by the server.`;
  return new ApiError('TooManyRequests', violation, {
    causes: [{ reason: 'DisruptionBudget', message }],
    retryAfterSeconds: 10,
  });
}
