// update and patch, of an object or of its status.

import { conflict, isRecord, type KubeObject, type Live } from '../../../shared/machinery/index.ts';
import { type Kind, metaOf, storeKey } from '../kind.ts';
import type { ApiRequest } from '../request.ts';
import { apply, applyPatchType } from './apply/apply.ts';
import { createDecoded, type Written } from './create.ts';
import { decodeBody } from './decode-body.ts';
import { managerName } from './managed-fields/index.ts';
import { modify } from './modify.ts';
import { decodePatched, parsePatchOptions, patchBase, patched } from './patch.ts';
import type { RegistryParts } from './registry-parts.ts';
import { settleAddress } from './settle-address.ts';
import { mainView, type View } from './view.ts';
import { parseWriteOptions } from './write-options.ts';

/** Throws NotFound, Conflict, Invalid, BadRequest, and what admission throws. */
export async function update(
  parts: RegistryParts,
  kind: Kind,
  request: ApiRequest,
  view: View = mainView,
): Promise<Written> {
  const options = parseWriteOptions(request.query, 'UpdateOptions');
  /** Anew for each try: the steps change what they are given. */
  const decoded = () => {
    const body = decodeBody(parts, kind, request, options.fieldValidation);
    keepReset(request.body, body.object);
    settleAddress(body.object, kind, request);
    return body;
  };
  const { dryRun } = options;
  const manager = managerName(options.fieldManager, request);
  if (kind.strategy.createOnUpdate && view === mainView && (await isMissing(parts, kind, request))) {
    const { object: next, warnings } = decoded();
    return createDecoded(parts, kind, { ...request, verb: 'create' }, { next, warnings, dryRun, manager });
  }
  return modify(parts, kind, request, {
    view,
    dryRun,
    manager,
    want: (old) => {
      const { object: sent, warnings } = decoded();
      checkUid(sent, kind, old, dryRun);
      return { sent, warnings };
    },
  });
}

/** Throws UnsupportedMediaType for a type of patch that there is not, and what `update` and `apply` throw. */
export async function patch(
  parts: RegistryParts,
  kind: Kind,
  request: ApiRequest,
  view: View = mainView,
): Promise<Written> {
  if (request.patchType === applyPatchType) return apply(parts, kind, request, view);
  const { dryRun, fieldValidation, fieldManager } = parsePatchOptions(request);
  return modify(parts, kind, request, {
    view,
    dryRun,
    manager: managerName(fieldManager, request),
    want: (old) => {
      const result = patched(parts, kind, request, patchBase(request, old));
      const { object: sent, warnings } = decodePatched(parts, kind, result, fieldValidation, request);
      keepReset(result, sent);
      settleAddress(sent, kind, request);
      return { sent, warnings };
    },
  });
}

async function isMissing({ store }: RegistryParts, { row }: Kind, { name = '', namespace }: ApiRequest) {
  return (await store.get(storeKey(row, namespace, name))) === undefined;
}

/** A uid in the body says which of several namesakes is meant. What is only tried has upstream's shorter key. */
function checkUid(
  sent: KubeObject,
  { row }: Kind,
  { metadata: { uid, name, namespace } }: Live,
  dryRun: boolean,
): void {
  const wanted = metaOf(sent).uid;
  if (!wanted || wanted === uid) return;
  const key = [
    dryRun ? '' : '/registry',
    ...(row.group ? [row.group] : []),
    row.resource,
    ...(namespace ? [namespace] : []),
    name,
  ];
  const why = `StorageError: invalid object, Code: 4, Key: ${key.join('/')}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${uid}`;
  throw conflict(row, name, why);
}

/** Decoding drops an empty list; as managed fields it says something: forget who manages what. */
function keepReset(raw: unknown, sent: KubeObject): void {
  const metadata = isRecord(raw) ? raw.metadata : undefined;
  const entries = isRecord(metadata) ? metadata.managedFields : undefined;
  if (Array.isArray(entries) && entries.length === 0) metaOf(sent).managedFields = [{}];
}
