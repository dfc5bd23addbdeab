// pods/eviction: a deletion that asks the disruption budgets first (upstream's pkg/registry/core/pod/storage/eviction.go).

import { type Pod, pods } from '../../../../shared/api/index.ts';
import {
  ApiError,
  findCondition,
  formatTime,
  isRecord,
  type KubeObject,
  type Live,
  mutableCopy,
  type Status,
  setCondition,
} from '../../../../shared/machinery/index.ts';
import { isLiveOf, type Kind } from '../../kind.ts';
import type { ApiRequest } from '../../request.ts';
import { commitObject } from '../commit.ts';
import { settleNamespace } from '../create.ts';
import { decodeBody } from '../decode-body.ts';
import { checkPreconditions, deleteObject } from '../delete.ts';
import { type DeleteOptions, parseDeleteOptions } from '../delete-options.ts';
import { createdStatus } from '../outcome.ts';
import { get } from '../read.ts';
import type { RegistryParts } from '../registry-parts.ts';
import { isWriteConflict } from '../revision-errors.ts';
import { parseWriteOptions } from '../write-options.ts';
import { admitAsked } from './admit-asked.ts';
import { budgetsOf, letsUnhealthyGo, stillProcessed, takeDisruption } from './disruption-budget.ts';
import { checkUrlName, evictionForm } from './form.ts';

const mostTries = 20;
const severalBudgets =
  'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';

interface Eviction {
  parts: RegistryParts;
  kind: Kind;
  request: ApiRequest;
  options: DeleteOptions;
}

/** Answers a Status. Throws NotFound, TooManyRequests where a budget forbids it, and what a deletion throws. */
export async function evict(parts: RegistryParts, kind: Kind, request: ApiRequest): Promise<Status> {
  const { dryRun, fieldValidation } = parseWriteOptions(request.query, 'CreateOptions');
  const { object } = decodeBody(parts, evictionForm, inVersion1(request), fieldValidation);
  settleNamespace(object, kind, request);
  checkUrlName(object, request, 'Eviction');
  const later = await admitAsked(parts, request, object);
  const asked = parseDeleteOptions(parts.schemas, deleteOptionsOf(object), request.query);
  const options = { ...asked, dryRun: dryRun || asked.dryRun };
  const eviction = { parts: later, kind, request, options };
  for (let tries = 1; ; tries += 1) {
    const pod = await podOf(eviction);
    try {
      await (isBeyondBudgets(pod) ? removeAsSeen(eviction, pod) : askAndRemove(eviction, pod));
      return createdStatus;
    } catch (error) {
      const again = ApiError.is(error, 'Conflict') && isBeyondBudgets(pod) && !revisionOf(options);
      if (!again || tries >= mostTries) throw error;
    }
  }
}

/** As upstream, which takes its older clients' Evictions too: they say the same. */
function inVersion1(request: ApiRequest): ApiRequest {
  const { body } = request;
  if (!isRecord(body) || body.apiVersion !== 'policy/v1beta1' || body.kind !== 'Eviction') return request;
  return { ...request, body: { ...body, apiVersion: 'policy/v1' } };
}

/** Of the query, an Eviction takes those of a creation alone. */
function deleteOptionsOf({ deleteOptions }: KubeObject & { deleteOptions?: unknown }): unknown {
  return { ...(isRecord(deleteOptions) && deleteOptions), kind: 'DeleteOptions' };
}

async function podOf({ parts, kind, request }: Eviction): Promise<Live<Pod>> {
  const pod = await get(parts, kind, request);
  if (!isLiveOf(pods, pod)) throw new TypeError('only pods are evicted');
  return pod;
}

/** Its going disrupts nothing any more, or nothing yet. */
function isBeyondBudgets({ status, metadata }: Live<Pod>): boolean {
  return (
    ['Succeeded', 'Failed', 'Pending'].includes(status?.phase ?? '') ||
    metadata.deletionTimestamp !== undefined
  );
}

/** A pod that may still come to run goes only if it has not meanwhile. */
async function removeAsSeen(eviction: Eviction, pod: Live<Pod>): Promise<void> {
  const mayRunYet = pod.status?.phase === 'Pending' && !pod.metadata.deletionTimestamp;
  const { options } = eviction;
  await removePod(eviction, mayRunYet && !revisionOf(options) ? unchanged(options, pod) : options);
}

async function askAndRemove(eviction: Eviction, pod: Live<Pod>): Promise<void> {
  const { parts, options } = eviction;
  const [budget, ...others] = await budgetsOf(parts, pod);
  if (others.length > 0) throw new ApiError('InternalError', severalBudgets);
  if (!budget) return removePod(eviction, await target(eviction, options));
  if (isReady(pod) || !letsUnhealthyGo(budget)) {
    await takeDisruption(parts, budget, pod.metadata.name, options.dryRun);
    return removePod(eviction, await target(eviction, options));
  }
  try {
    // It must not have become ready since the budget was asked.
    return await removePod(eviction, await target(eviction, unchanged(options, pod)));
  } catch (error) {
    if (ApiError.is(error, 'Conflict') && !revisionOf(options)) throw stillProcessed(budget.metadata.name);
    throw error;
  }
}

function isReady({ status }: Live<Pod>): boolean {
  return findCondition(status?.conditions, 'Ready')?.status === 'True';
}

/** Says in the pod why it goes. Answers the options for the deletion of the pod as it is then. */
async function target(
  { parts, kind, request, options: asked }: Eviction,
  options: DeleteOptions,
): Promise<DeleteOptions> {
  if (options.dryRun) return options;
  for (let tries = 1; ; tries += 1) {
    const old = await podOf({ parts, kind, request, options: asked });
    checkPreconditions(kind, old, options);
    const { name, namespace, resourceVersion } = old.metadata;
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'EvictionByEvictionAPI',
      message: 'Eviction API: evicting',
    };
    const status = mutableCopy<NonNullable<Pod['status']>>(old.status ?? {});
    const conditions = setCondition(status.conditions, condition, formatTime(parts.clock.now()));
    const next = { ...old, status: { ...status, conditions } };
    try {
      const commit = { kind, namespace, name, expected: Number(resourceVersion), dryRun: false };
      const { metadata } = await commitObject(parts, commit, next);
      return revisionOf(options) ? withRevision(options, metadata?.resourceVersion) : options;
    } catch (error) {
      if (!isWriteConflict(error) || tries >= mostTries) throw error;
    }
  }
}

async function removePod({ parts, kind, request }: Eviction, options: DeleteOptions): Promise<void> {
  const { subresource: _, ...deletion } = { ...request, verb: 'delete' as const };
  await deleteObject(parts, kind, deletion, options);
}

function revisionOf({ preconditions }: DeleteOptions): string | undefined {
  return preconditions.resourceVersion;
}

function unchanged(options: DeleteOptions, { metadata }: Live<Pod>): DeleteOptions {
  return revisionOf(options) ? options : withRevision(options, metadata.resourceVersion);
}

function withRevision(options: DeleteOptions, resourceVersion: string | undefined): DeleteOptions {
  const { resourceVersion: _, ...others } = options.preconditions;
  return { ...options, preconditions: { ...others, ...(resourceVersion && { resourceVersion }) } };
}
