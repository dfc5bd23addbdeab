// What a ResourceQuota's status has to say: of each name that it limits how much is used. Names that nothing is measured by
// are left out, as upstream.

import type { Resource, ResourceQuota } from '../../../shared/api/index.ts';
import { addTo, inScopes, measuredBy, qualifiedName, usageOf } from '../../../shared/api/quota/index.ts';
import { deepEqual, type Live, Quantity } from '../../../shared/machinery/index.ts';

/** All objects of a resource in the quota's namespace. */
export interface Counted {
  resource: Resource;
  objects: readonly Live[];
}

/** Undefined: the status is right. `now`: milliseconds since the epoch. */
export function planQuotaStatus(
  quota: ResourceQuota,
  counted: readonly Counted[],
  now: number,
): ResourceQuota['status'] | undefined {
  const total = new Map<string, Quantity>();
  for (const { resource, objects } of counted)
    for (const object of objects)
      if (inScopes(quota, resource, object)) addTo(total, usageOf(resource, object, now));
  const measured = new Set(counted.map(({ resource }) => qualifiedName(resource)));
  const hard = quota.spec?.hard ?? {};
  const used = Object.fromEntries(
    Object.keys(hard)
      .filter((name) => measured.has(measuredBy(name)))
      .map((name) => [name, String(total.get(name) ?? Quantity.zero)]),
  );
  const status = { hard, used };
  return deepEqual(status, quota.status) ? undefined : status;
}
