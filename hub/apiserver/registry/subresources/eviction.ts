// pods/eviction: a deletion that asks first. Disruption budgets have nothing to say yet: their Kind is not served.

import { isRecord, type KubeObject, type Status } from '../../../../shared/machinery/index.ts';
import type { Kind } from '../../kind.ts';
import type { ApiRequest } from '../../request.ts';
import { decodeBody } from '../decode-body.ts';
import { deleteObject } from '../delete.ts';
import { parseDeleteOptions } from '../delete-options.ts';
import { createdStatus } from '../outcome.ts';
import type { RegistryParts } from '../registry-parts.ts';
import { parseWriteOptions } from '../write-options.ts';
import { checkUrlName, evictionForm } from './form.ts';

/** Answers a Status. Throws NotFound and what a deletion throws. */
export async function evict(parts: RegistryParts, kind: Kind, request: ApiRequest): Promise<Status> {
  const { dryRun, fieldValidation } = parseWriteOptions(request.query, 'CreateOptions');
  const { object } = decodeBody(parts, evictionForm, request.body, fieldValidation);
  checkUrlName(object, request, 'Eviction');
  const options = parseDeleteOptions(deleteOptionsOf(object), request.query);
  const { subresource: _, ...deletion } = { ...request, verb: 'delete' as const };
  await deleteObject(parts, kind, deletion, { ...options, dryRun: dryRun || options.dryRun });
  return createdStatus;
}

function deleteOptionsOf({ deleteOptions }: KubeObject & { deleteOptions?: unknown }): unknown {
  return isRecord(deleteOptions) ? { ...deleteOptions, kind: 'DeleteOptions' } : undefined;
}
