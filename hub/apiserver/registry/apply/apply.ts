// PATCH application/apply-patch+yaml: server-side apply (KEP-555), of an object or of its status.

import { yamlDuplicates } from '../../../../shared/api/index.ts';
import { TypedError } from '../../../../shared/machinery/apply/index.ts';
import { ApiError, conflict, type JsonObject, type Live } from '../../../../shared/machinery/index.ts';
import { type Kind, metaOf, storeKey } from '../../kind.ts';
import type { ApiRequest } from '../../request.ts';
import { createDecoded, type Written } from '../create.ts';
import { decodeAs, yamlFaults } from '../decode-body.ts';
import { modify, type Wanted } from '../modify.ts';
import type { RegistryParts } from '../registry-parts.ts';
import { settleAddress } from '../settle-address.ts';
import { mainView, type View } from '../view.ts';
import { type FieldValidation, parseApplyOptions } from '../write-options.ts';
import { readConfig, typedRefusal } from './read-config.ts';

export const applyPatchType = 'application/apply-patch+yaml';

/** How often an object may come or go while it is applied. */
const mostTries = 5;

/** Throws Conflict where others manage what would change, BadRequest, Invalid, and what a create or an update throws. */
export async function apply(
  parts: RegistryParts,
  kind: Kind,
  request: ApiRequest,
  view: View = mainView,
): Promise<Written> {
  const { dryRun, force, fieldManager, fieldValidation } = parseApplyOptions(request.query);
  const warnings = duplicatesOf(request, fieldValidation);
  const config = readConfig({ row: kind.row, strategy: kind.strategy }, request);
  const want = (old?: Live) => ({
    ...applied(parts, kind, request, { config, force, fieldManager }, old),
    warnings,
  });
  for (let tries = 1; ; tries += 1) {
    const missing = view === mainView && (await isMissing(parts, kind, request));
    try {
      return missing
        ? await createApplied(parts, kind, request, { ...want(), dryRun, manager: fieldManager })
        : await modify(parts, kind, request, { view, dryRun, manager: fieldManager, want });
    } catch (error) {
      const raced = ApiError.is(error, missing ? 'AlreadyExists' : 'NotFound') && view === mainView;
      if (!raced || tries >= mostTries || missing === (await isMissing(parts, kind, request))) throw error;
    }
  }
}

async function createApplied(
  parts: RegistryParts,
  kind: Kind,
  request: ApiRequest,
  {
    sent: next,
    managedFields,
    warnings = [],
    dryRun,
    manager,
  }: Wanted & { dryRun: boolean; manager: string },
): Promise<Written> {
  await parts.allow({ ...reviewOf(kind, request), verb: 'create' });
  refuseUid(next.metadata?.uid, kind, request);
  const created = { next, warnings, dryRun, manager, managedFields };
  return createDecoded(parts, kind, { ...request, verb: 'create' }, created);
}

async function isMissing({ store }: RegistryParts, { row }: Kind, { name = '', namespace }: ApiRequest) {
  return (await store.get(storeKey(row, namespace, name))) === undefined;
}

/** What stands twice in the configuration is warned of, or refused. */
function duplicatesOf(
  { text, duplicates = text === undefined ? [] : yamlDuplicates(text) }: ApiRequest,
  fieldValidation: FieldValidation,
): string[] {
  if (fieldValidation === 'Ignore') return [];
  const [fault] = fieldValidation === 'Strict' ? yamlFaults(duplicates) : [];
  if (!fault) return [...duplicates];
  const message = `error strict decoding YAML: error converting YAML to JSON: ${fault}`;
  throw new ApiError('BadRequest', message);
}

interface Config {
  config: JsonObject;
  force: boolean;
  fieldManager: string;
}

function applied(
  parts: RegistryParts,
  kind: Kind,
  request: ApiRequest,
  { config, force, fieldManager: manager }: Config,
  old: Live | undefined,
): Wanted {
  const writing = { kind, manager, subresource: request.subresource, now: parts.clock.now() };
  try {
    const { object, entries } = parts.fields.apply(writing, config, old, force);
    const { object: sent } = decodeAs(parts, kind, object, 'Ignore');
    if (!old && kind.row.namespaced) metaOf(sent).namespace ||= request.namespace ?? '';
    settleAddress(sent, kind, request);
    return { sent, managedFields: entries };
  } catch (error) {
    if (error instanceof TypedError) throw typedRefusal(config, error.message);
    throw error;
  }
}

function reviewOf({ row }: Kind, { user, namespace, name }: ApiRequest) {
  return {
    user,
    group: row.group,
    resource: row.resource,
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
  };
}

/** A uid says which object is meant: not one that is yet to come. */
function refuseUid(uid: string | undefined, { row }: Kind, { name = '' }: ApiRequest): void {
  if (!uid) return;
  const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
  throw conflict(row, name, why);
}
