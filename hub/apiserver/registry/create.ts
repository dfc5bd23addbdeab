// create: from a body to a new object.

import { ApiError, alreadyExists, type KubeObject, mutableCopy } from '../../../shared/machinery/index.ts';
import { type Kind, metaOf } from '../kind.ts';
import type { ApiRequest } from '../request.ts';
import { commitObject } from './commit.ts';
import { decodeBody } from './decode-body.ts';
import { inTurn } from './in-turn.ts';
import { type Entries, managerName } from './managed-fields/index.ts';
import type { RegistryParts } from './registry-parts.ts';
import { isWriteConflict } from './revision-errors.ts';
import { mainView } from './view.ts';
import { parseWriteOptions } from './write-options.ts';
import { takeSteps } from './write-steps.ts';

/** An object as it was written, and what there is to say about it. */
export interface Written {
  object: KubeObject;
  warnings: string[];
  created?: boolean;
}

/** As upstream: so many names are tried before the collision is the client's. */
const generatedNameTries = 8;

/** Throws AlreadyExists, Invalid, BadRequest, and what admission throws. */
export async function create(parts: RegistryParts, kind: Kind, request: ApiRequest): Promise<Written> {
  const options = parseWriteOptions(request.query, 'CreateOptions');
  const { object: next, warnings } = decodeBody(parts, kind, request, options.fieldValidation);
  return createDecoded(parts, kind, request, {
    next,
    warnings,
    dryRun: options.dryRun,
    manager: managerName(options.fieldManager, request),
  });
}

export interface NewObject {
  next: KubeObject;
  warnings: string[];
  dryRun: boolean;
  /** Who writes, as managed fields name it. */
  manager: string;
  /** Of an apply, which settles them itself. */
  managedFields?: Entries | undefined;
}

export function createDecoded(
  parts: RegistryParts,
  kind: Kind,
  request: ApiRequest,
  created: NewObject,
): Promise<Written> {
  return inTurn(parts, request, (turn) => createAlone(turn, kind, request, created));
}

async function createAlone(
  parts: RegistryParts,
  kind: Kind,
  request: ApiRequest,
  { next, warnings, dryRun, manager, managedFields }: NewObject,
): Promise<Written> {
  settleNamespace(next, kind, request);
  const hasRevision = /^[1-9]\d*$/.test(metaOf(next).resourceVersion ?? '');
  const { name: named, generateName } = metaOf(next);
  const asked = { ...request };
  if (named) asked.name = named;
  const generated = !named && generateName;
  for (let tries = 1; ; tries += 1) {
    // Names and addresses go into other fields: another try, of a name or of the turn, begins with what was sent.
    const object = generated || parts.guards ? mutableCopy(next) : next;
    const said = [...warnings];
    const write = {
      request: asked,
      kind,
      view: mainView,
      next: object,
      old: undefined,
      manager,
      managedFields,
      warnings: said,
    };
    await takeSteps(write, parts);
    // As upstream, whose store says so: who is refused by admission hears that.
    if (hasRevision && !dryRun)
      throw new ApiError('BadRequest', 'resourceVersion should not be set on objects to be created');
    const { name = '', namespace } = metaOf(object);
    const commit = { kind, namespace, name, expected: 0, dryRun };
    try {
      if (dryRun) await refuseExisting(parts, kind, object);
      return { object: await commitObject(parts, commit, object), warnings: said, created: true };
    } catch (error) {
      if (!isWriteConflict(error) && !ApiError.is(error, 'AlreadyExists')) throw error;
      if (!generated || tries >= generatedNameTries) throw alreadyExists(kind.row, name);
    }
  }
}

/** As upstream's EnsureObjectNamespaceMatchesRequestNamespace. */
export function settleNamespace(next: KubeObject, { row }: Kind, { namespace = '' }: ApiRequest): void {
  const meta = metaOf(next);
  if (!row.namespaced) delete meta.namespace;
  else if (!meta.namespace) meta.namespace = namespace;
  else if (meta.namespace !== namespace) {
    const message = 'the namespace of the provided object does not match the namespace sent on the request';
    throw new ApiError('BadRequest', message);
  }
}

async function refuseExisting({ reader }: RegistryParts, { row }: Kind, next: KubeObject): Promise<void> {
  const { name = '', namespace } = metaOf(next);
  if (await reader.get(row, { name, ...(namespace && { namespace }) })) throw alreadyExists(row, name);
}
