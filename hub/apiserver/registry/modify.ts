// Every change of an object that is there: read, compose, take the steps, write if nothing came between.
// update, patch and the subresources differ only in what they compose.

import {
  ApiError,
  conflict,
  type FieldError,
  invalid,
  type KubeObject,
  type Live,
  notFound,
} from '../../../shared/machinery/index.ts';
import { type Kind, metaOf, storeKey } from '../kind.ts';
import type { ApiRequest } from '../request.ts';
import { commitDeletion, commitObject } from './commit.ts';
import type { Written } from './create.ts';
import { finalizersOf } from './deletion-rules.ts';
import { inTurn } from './in-turn.ts';
import type { Entries } from './managed-fields/index.ts';
import type { RegistryParts } from './registry-parts.ts';
import { isWriteConflict } from './revision-errors.ts';
import { asShown } from './versions.ts';
import type { View } from './view.ts';
import { takeSteps } from './write-steps.ts';

export interface Modification {
  view: View;
  dryRun: boolean;
  /** Who writes, as managed fields name it. */
  manager: string;
  /** The object as the client wants it, from what is there now; called again after a lost race. */
  want(old: Live): Wanted | Promise<Wanted>;
}

export interface Wanted {
  sent: KubeObject;
  warnings?: string[];
  /** Of an apply, which settles them itself. */
  managedFields?: Entries;
}

const mostTries = 5;
export const modifiedText =
  'the object has been modified; please apply your changes to the latest version and try again';

/** Throws NotFound, Conflict, Invalid, and what `want` and admission throw. A change of nothing writes nothing. */
export async function modify(
  parts: RegistryParts,
  kind: Kind,
  request: ApiRequest,
  modification: Modification,
): Promise<Written> {
  const { name = '', namespace } = request;
  for (let tries = 1; ; tries += 1) {
    const stored = await parts.store.get(storeKey(kind.row, namespace, name));
    if (!stored) throw notFound(kind.row, name);
    const old = await asShown(kind, stored);
    try {
      return await inTurn(parts, request, (turn) => tryOnce(turn, kind, request, modification, old));
    } catch (error) {
      if (!isWriteConflict(error)) throw error;
      if (tries >= mostTries) throw conflict(kind.row, name, modifiedText);
    }
  }
}

async function tryOnce(
  parts: RegistryParts,
  kind: Kind,
  request: ApiRequest,
  { view, dryRun, manager, want }: Modification,
  old: Live,
): Promise<Written> {
  const { sent, warnings = [], managedFields } = await want(old);
  checkRevision(kind, request, sent, old);
  const next = view.compose(sent, old, kind);
  const said = [...warnings];
  await takeSteps({ request, kind, view, next, old, manager, managedFields, warnings: said }, parts);
  if (parts.fields.isUnchanged(next, old)) return { object: old, warnings: said };
  const { name, namespace, resourceVersion } = old.metadata;
  const commit = { kind, namespace, name, expected: Number(resourceVersion), dryRun };
  if (isReleased(next, old)) {
    const deleted = await commitDeletion(parts, commit, old);
    metaOf(next).resourceVersion = deleted.metadata.resourceVersion;
    return { object: next, warnings: said };
  }
  const object = await commitObject(parts, { ...commit, renewal: isRenewal(parts, kind, next, old) }, next);
  return { object, warnings: said };
}

/** Whether only those times differ by which somebody says to be still there. */
function isRenewal({ fields }: RegistryParts, { strategy }: Kind, next: KubeObject, old: Live): boolean {
  const { withoutRenewals } = strategy;
  return withoutRenewals !== undefined && fields.isUnchanged(withoutRenewals(next), withoutRenewals(old));
}

/** An object that was only waiting for its finalizers is gone with the last of them. */
function isReleased(next: KubeObject, old: Live): boolean {
  if (!old.metadata.deletionTimestamp || old.metadata.deletionGracePeriodSeconds) return false;
  return finalizersOf(next).length === 0;
}

const unconditional: FieldError = {
  field: 'metadata.resourceVersion',
  reason: 'FieldValueInvalid',
  text: 'Invalid value: 0x0: must be specified for an update',
};

/** A resourceVersion that was sent must be the current one. */
function checkRevision(
  { row, strategy }: Kind,
  { subresource }: ApiRequest,
  sent: KubeObject,
  old: Live,
): void {
  const { resourceVersion } = sent.metadata ?? {};
  const unsaid = !resourceVersion || resourceVersion === '0';
  if (strategy.needsRevision && unsaid && subresource !== 'scale')
    throw invalid(row.group, row.resource, old.metadata.name, [unconditional]);
  if (!resourceVersion || resourceVersion === '0' || resourceVersion === old.metadata.resourceVersion) return;
  if (!/^\d+$/.test(resourceVersion)) {
    const shown = JSON.stringify(resourceVersion);
    throw new ApiError('BadRequest', `strconv.ParseUint: parsing ${shown}: invalid syntax`);
  }
  throw conflict(row, old.metadata.name, modifiedText);
}
