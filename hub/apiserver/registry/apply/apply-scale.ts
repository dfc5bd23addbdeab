// Server-side apply of a Scale: its replicas are a field of the object, and managed there.

import type { ScaleMapping } from '../../../../shared/api/index.ts';
import { TypedError } from '../../../../shared/machinery/apply/index.ts';
import { apiVersionOf, isRecord, type JsonObject, type Live } from '../../../../shared/machinery/index.ts';
import type { Kind } from '../../kind.ts';
import type { ApiRequest } from '../../request.ts';
import { decodeAs } from '../decode-body.ts';
import type { Wanted } from '../modify.ts';
import type { RegistryParts } from '../registry-parts.ts';
import { scaleForm } from '../subresources/form.ts';
import { parseApplyOptions } from '../write-options.ts';
import { readConfig, typedRefusal } from './read-config.ts';

export interface AppliedScale {
  dryRun: boolean;
  manager: string;
  /** Answers the Scale with the replicas that the object comes to have. */
  want(old: Live): Wanted;
}

/** Throws Conflict where others manage the replicas, BadRequest, Invalid. */
export function applyScale(
  parts: RegistryParts,
  kind: Kind,
  request: ApiRequest,
  mapping: ScaleMapping,
): AppliedScale {
  const { dryRun, force, fieldManager: manager } = parseApplyOptions(request.query);
  const config = readConfig(scaleForm, request);
  checkScale(parts, config);
  const { object: scale } = decodeAs(parts, scaleForm, config, 'Ignore');
  const writing = { kind, manager, subresource: 'scale', now: parts.clock.now() };
  const want = (old: Live): Wanted => {
    const parent = parentConfig(kind, config, mapping);
    const { object, entries } = parts.fields.apply(writing, parent, old, force);
    const { object: applied } = decodeAs(parts, kind, object, 'Ignore');
    const { name } = old.metadata;
    const sent = {
      ...scale,
      metadata: { name, ...scale.metadata },
      spec: { replicas: mapping.replicas(applied) },
    };
    return { sent, managedFields: entries };
  };
  return { dryRun, manager, want };
}

function checkScale({ fields }: RegistryParts, config: JsonObject): void {
  try {
    fields.check(scaleForm.strategy.schema, config);
  } catch (error) {
    if (error instanceof TypedError) throw typedRefusal(config, error.message);
    throw error;
  }
}

/** What the Scale says of the object itself. */
function parentConfig({ row }: Kind, { spec }: JsonObject, mapping: ScaleMapping): JsonObject {
  const parent = { apiVersion: apiVersionOf(row), kind: row.kind };
  if (!isRecord(spec) || typeof spec.replicas !== 'number') return parent;
  const scaled = { ...parent, spec: {} };
  mapping.setReplicas(scaled, spec.replicas);
  return scaled;
}
