// Keeps the status of every disruption budget: how many of its pods are healthy, how many have to be, and hence how many
// may be taken away. pods/eviction relies on it. Where that can't be told, nothing may be taken away.

import {
  type Pod,
  type PodDisruptionBudget,
  poddisruptionbudgets,
  pods,
  withSyncFailed,
} from '../../../shared/api/index.ts';
import { messageOf } from '../../../shared/base/index.ts';
import { type Controller, each, keyOf, mapped, type Outcome } from '../../../shared/client/index.ts';
import {
  ApiError,
  deepEqual,
  formatTime,
  goSelectorPointer,
  type Live,
  selectorFrom,
} from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { expectedScale } from './expected-scale.ts';
import { disruptedOf, type Expected, expectedOf, needsScale, planDisruption } from './plan-disruption.ts';

type Status = NonNullable<PodDisruptionBudget['status']>;

export function disruptionController(context: ControllerContext): Controller {
  const { client, clock, informers } = context;
  const recorder = context.recorder.from('controllermanager');
  const budgetInformer = informers.of(poddisruptionbudgets);
  const podInformer = informers.of(pods);

  return {
    name: 'disruption',
    workers: 2,
    sources: [
      each(budgetInformer),
      mapped(podInformer, ({ object, previous }) => [
        ...budgetsOf(object),
        ...(previous && previous.metadata.labels !== object.metadata.labels ? budgetsOf(previous) : []),
      ]),
    ],
    reconcile,
  };

  function budgetsOf({ metadata }: Live<Pod>): string[] {
    return budgetInformer
      .byIndex('namespace', metadata.namespace ?? '')
      .filter(({ spec }) => selectorFrom(spec?.selector).matches(metadata.labels))
      .map(keyOf);
  }

  async function reconcile(key: string): Promise<Outcome> {
    const budget = budgetInformer.get(key);
    if (!budget) return;
    try {
      return await bringUpToDate(budget);
    } catch (error) {
      // Somebody (an eviction) was faster: again, with what it has written.
      if (ApiError.is(error, 'Conflict')) throw error;
      const status = withSyncFailed(statusOf(budget), messageOf(error), formatTime(clock.now()));
      if (!deepEqual(status, budget.status)) await write(budget, status);
    }
  }

  async function bringUpToDate(budget: Live<PodDisruptionBudget>): Promise<Outcome> {
    const { namespace = '' } = budget.metadata;
    const selector = selectorFrom(budget.spec?.selector);
    const found = podInformer
      .byIndex('namespace', namespace)
      .filter(({ metadata }) => selector.matches(metadata.labels));
    if (found.length === 0) recorder.event(budget, 'Normal', 'NoPods', 'No matching pods found');
    const expected = await expectedFor(budget, found);
    const now = clock.now();
    const disrupted = disruptedOf(budget, found, now);
    for (const pod of disrupted.overdue) {
      const message = `Pod was expected by PDB ${keyOf(budget)} to be deleted but it wasn't`;
      recorder.event(pod, 'Warning', 'NotDeleted', message);
    }
    const status = planDisruption(budget, found, expected, disrupted, now);
    if (status) await write(budget, status);
    return disrupted.wait === undefined ? undefined : { requeueAfter: disrupted.wait };
  }

  async function expectedFor(
    budget: Live<PodDisruptionBudget>,
    found: readonly Live<Pod>[],
  ): Promise<Expected> {
    if (!needsScale(budget)) return expectedOf(budget, found.length);
    try {
      const { pods: scale, unmanaged } = await expectedScale(context, found);
      if (unmanaged.length > 0) recorder.event(budget, 'Warning', 'UnmanagedPods', unmanagedText(budget));
      return expectedOf(budget, scale);
    } catch (error) {
      const message = `Failed to calculate the number of expected pods: ${messageOf(error)}`;
      recorder.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', message);
      throw error;
    }
  }

  async function write(budget: Live<PodDisruptionBudget>, status: Status): Promise<void> {
    const next: PodDisruptionBudget = { ...budget, status };
    const written = await orNothing(client.update(poddisruptionbudgets, next, { subresource: 'status' }));
    if (written) budgetInformer.learn(written);
  }
}

function statusOf({ status }: PodDisruptionBudget): Status {
  return status ?? { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
}

function unmanagedText({ spec }: PodDisruptionBudget): string {
  return `Pods selected by this PodDisruptionBudget (selector: ${goSelectorPointer(spec?.selector ?? {})}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`;
}
