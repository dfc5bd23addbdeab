// delete and deletecollection.

import { namespaces, pods } from '../../../shared/api/index.ts';
import {
  conflict,
  type KubeList,
  type KubeObject,
  type Live,
  notFound,
  type Status,
} from '../../../shared/machinery/index.ts';
import { isLiveOf, type Kind, metaOf, storeKey } from '../kind.ts';
import type { ApiRequest } from '../request.ts';
import { type Commit, commitDeletion, commitObject } from './commit.ts';
import { type DeleteOptions, parseDeleteOptions } from './delete-options.ts';
import { planDeletion } from './deletion-rules.ts';
import { modifiedText } from './modify.ts';
import { list } from './read.ts';
import type { RegistryParts } from './registry-parts.ts';
import { isWriteConflict } from './revision-errors.ts';
import { asShown } from './versions.ts';

const mostTries = 5;

/** Answers the object where it stays for a while (or its Kind answers it anyway), else a Status. */
export async function remove(
  parts: RegistryParts,
  kind: Kind,
  request: ApiRequest,
): Promise<KubeObject | Status> {
  return deleteObject(parts, kind, request, parseDeleteOptions(parts.schemas, request.body, request.query));
}

/** As `remove`, with options that are known. Throws NotFound, Conflict, and what admission throws. */
export async function deleteObject(
  parts: RegistryParts,
  kind: Kind,
  request: ApiRequest,
  options: DeleteOptions,
): Promise<KubeObject | Status> {
  const { name = '', namespace } = request;
  for (let tries = 1; ; tries += 1) {
    const stored = await parts.store.get(storeKey(kind.row, namespace, name));
    if (!stored) throw notFound(kind.row, name);
    // What cannot be shown is not deleted.
    const old = await asShown(kind, stored);
    checkPreconditions(kind, old, options);
    for (const plugin of parts.admission) await plugin.admit?.(request, undefined, old);
    for (const plugin of parts.admission) await plugin.validate?.(request, undefined, old);
    try {
      return await tryOnce(parts, kind, old, options);
    } catch (error) {
      if (!isWriteConflict(error)) throw error;
      if (tries >= mostTries) throw conflict(kind.row, name, modifiedText);
    }
  }
}

async function tryOnce(
  parts: RegistryParts,
  kind: Kind,
  old: Live,
  options: DeleteOptions,
): Promise<KubeObject | Status> {
  const { name, namespace, resourceVersion } = old.metadata;
  const commit: Commit = { kind, namespace, name, expected: Number(resourceVersion), dryRun: options.dryRun };
  const plan = planDeletion(old, options, parts.clock.now(), kind.strategy);
  if (plan.step === 'wait') return old;
  if (plan.step === 'remove') return answerOf(kind, await commitDeletion(parts, commit, old));
  const marked = await commitObject(parts, commit, plan.next);
  if (plan.after === 'wait') return marked;
  const expected = Number(metaOf(marked).resourceVersion);
  return answerOf(kind, await commitDeletion(parts, { ...commit, expected }, asLive(marked, old)));
}

/** The marked object as it stands when it goes. */
function asLive(marked: KubeObject, old: Live): Live {
  return { ...marked, metadata: { ...old.metadata, ...marked.metadata } };
}

/** Pods are answered as they were last (upstream's ReturnDeletedObject), everything else as a Status. */
function answerOf({ row }: Kind, deleted: Live): KubeObject | Status {
  if (isLiveOf(pods, deleted)) return deleted;
  const { name, uid } = deleted.metadata;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(row.group && { group: row.group }), kind: row.resource, uid },
  };
}

/** Throws Conflict. */
export function checkPreconditions({ row }: Kind, old: Live, { preconditions }: DeleteOptions): void {
  const { uid, resourceVersion, name } = old.metadata;
  const noun = { group: row.group, resource: row.kind };
  if (preconditions.uid !== undefined && preconditions.uid !== uid) {
    if (isLiveOf(namespaces, old)) {
      const why = `Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${uid}`;
      throw conflict(namespaces, name, why);
    }
    const why = `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    throw conflict(noun, name, why);
  }
  if (preconditions.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`;
    throw conflict(noun, name, why);
  }
}

/** Deletes what the selectors choose, one by one; answers the list of what was found. */
export async function removeCollection(
  parts: RegistryParts,
  kind: Kind,
  request: ApiRequest,
): Promise<KubeList> {
  const options = parseDeleteOptions(parts.schemas, request.body, request.query);
  const found = await list(parts, kind, request);
  for (const { metadata } of found.items) {
    const { name } = metadata;
    try {
      await deleteObject(parts, kind, { ...request, name, verb: 'delete', ofCollection: true }, options);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  return found;
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'reason' in error && error.reason === 'NotFound';
}
