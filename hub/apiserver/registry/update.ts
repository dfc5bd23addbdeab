// update and patch, of an object or of its status.

import { ApiError, conflict, type KubeObject, type Live } from '../../../shared/machinery/index.ts';
import { type Kind, metaOf, storeKey } from '../kind.ts';
import type { ApiRequest } from '../request.ts';
import { createDecoded, type Written } from './create.ts';
import { decodeBody } from './decode-body.ts';
import { modify } from './modify.ts';
import { decodePatched, parsePatchOptions, patched } from './patch.ts';
import type { RegistryParts } from './registry-parts.ts';
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
    const body = decodeBody(parts, kind, request.body, options.fieldValidation);
    settleAddress(body.object, kind, request);
    return body;
  };
  const { dryRun } = options;
  if (kind.strategy.createOnUpdate && view === mainView && (await isMissing(parts, kind, request))) {
    const { object: next, warnings } = decoded();
    return createDecoded(parts, kind, { ...request, verb: 'create' }, { next, warnings, dryRun });
  }
  return modify(parts, kind, request, {
    view,
    dryRun,
    want: (old) => {
      const { object: sent, warnings } = decoded();
      checkUid(sent, kind, old);
      return { sent, warnings };
    },
  });
}

/**
 * Throws UnsupportedMediaType for a type of patch that there is not, and what `update` throws. Server-side apply
 * (application/apply-patch+yaml, KEP-555) needs managedFields, which nothing keeps yet: it is such a type.
 */
export async function patch(
  parts: RegistryParts,
  kind: Kind,
  request: ApiRequest,
  view: View = mainView,
): Promise<Written> {
  const { dryRun, fieldValidation } = parsePatchOptions(request);
  return modify(parts, kind, request, {
    view,
    dryRun,
    want: (old) => {
      const result = patched(parts, kind, request, old);
      const { object: sent, warnings } = decodePatched(parts, kind, result, fieldValidation);
      settleAddress(sent, kind, request);
      return { sent, warnings };
    },
  });
}

async function isMissing({ store }: RegistryParts, { row }: Kind, { name = '', namespace }: ApiRequest) {
  return (await store.get(storeKey(row, namespace, name))) === undefined;
}

/** The object must be the one that the path names. */
export function settleAddress(
  sent: KubeObject,
  { row }: Kind,
  { name = '', namespace = '' }: ApiRequest,
): void {
  const meta = metaOf(sent);
  if (!meta.name) {
    const message = `the name of the object (${name} based on URL) was undeterminable: name must be provided`;
    throw new ApiError('BadRequest', message);
  }
  if (meta.name !== name) {
    const message = `the name of the object (${meta.name}) does not match the name on the URL (${name})`;
    throw new ApiError('BadRequest', message);
  }
  if (!row.namespaced) delete meta.namespace;
  else if (!meta.namespace) meta.namespace = namespace;
  else if (meta.namespace !== namespace) {
    const message = `the namespace of the object (${meta.namespace}) does not match the namespace on the request (${namespace})`;
    throw new ApiError('BadRequest', message);
  }
}

/** A uid in the body says which of several namesakes is meant. */
function checkUid(sent: KubeObject, { row }: Kind, { metadata: { uid, name, namespace } }: Live): void {
  const wanted = metaOf(sent).uid;
  if (!wanted || wanted === uid) return;
  const key = [
    '/registry',
    ...(row.group ? [row.group] : []),
    row.resource,
    ...(namespace ? [namespace] : []),
    name,
  ];
  const why = `StorageError: invalid object, Code: 4, Key: ${key.join('/')}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${uid}`;
  throw conflict(row, name, why);
}
