// Which patch an apply sends: strategic for built-in Kinds, JSON merge for custom ones.

import { UserError } from '../../../shared/base/index.ts';
import { deepEqual, type JsonObject } from '../../../shared/machinery/index.ts';
import { apiVersionOfType, type ResourceType } from '../discovery/index.ts';
import { textAt } from '../json.ts';
import { compactJson } from '../printers/go-json.ts';
import { patchRulesOf } from './patch-source.ts';
import { planMergePatch } from './plan-merge-patch.ts';
import { planStrategicPatch, type Versions } from './plan-strategic-patch.ts';

export interface ApplyPatch {
  /** Empty: nothing differs. */
  body: JsonObject;
  contentType: string;
}

export async function planApplyPatch(type: ResourceType, versions: Versions): Promise<ApplyPatch> {
  const rules = await patchRulesOf(type);
  if (rules) {
    const body = planStrategicPatch(versions, rules);
    return { body, contentType: 'application/strategic-merge-patch+json' };
  }
  const body = planMergePatch(versions.original, versions.modified, versions.current);
  keepIdentity(body, type, versions);
  return { body, contentType: 'application/merge-patch+json' };
}

/** Such a patch must not change what the object is. */
function keepIdentity(body: JsonObject, type: ResourceType, { modified, current }: Versions): void {
  for (const field of ['apiVersion', 'kind'] as const) {
    if (field in body && !deepEqual(modified[field], current[field]))
      throw new UserError(
        `${field} of ${apiVersionOfType(type)} ${type.kind} ${textAt(current, 'metadata', 'name')} must not be changed`,
      );
  }
}

/** As messages show it. */
export function patchText(body: JsonObject): string {
  return compactJson(body);
}
