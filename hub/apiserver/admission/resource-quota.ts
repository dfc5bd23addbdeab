// ResourceQuota: a namespace holds no more than its quotas allow. What is used is counted from the store, while nothing else
// is created in that namespace: two writes cannot both take the last place.

import { isOf, pods, type ResourceQuota, resourcequotas } from '../../../shared/api/index.ts';
import {
  type Amounts,
  addTo,
  inScopes,
  isOfPods,
  isPods,
  listOf,
  mayGrow,
  unsaid,
  usageOf,
} from '../../../shared/api/quota/index.ts';
import type { Clock } from '../../../shared/base/index.ts';
import {
  type ApiError,
  forbidden,
  type KubeObject,
  type Live,
  Quantity,
} from '../../../shared/machinery/index.ts';
import { prefixOf } from '../kind.ts';
import type { ObjectReader } from '../object-reader.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission-plugin.ts';

export interface ResourceQuotaOptions {
  reader: ObjectReader;
  clock: Clock;
}

export function resourceQuota(options: ResourceQuotaOptions): AdmissionPlugin {
  const { reader } = options;
  return {
    name: 'ResourceQuota',
    async counts(request) {
      const { namespace = '', resource } = request;
      if (!isCounted(request) || !(await hasQuota(reader, namespace))) return undefined;
      return prefixOf(resource, namespace);
    },
    async validate(request, object, old) {
      if (!object || !isCounted(request)) return;
      const quotas = await reader.list(resourcequotas, request.namespace);
      if (quotas.length > 0) await check(options, { request, object, old }, quotas);
    },
  };
}

async function hasQuota(reader: ObjectReader, namespace: string): Promise<boolean> {
  return (await reader.list(resourcequotas, namespace)).length > 0;
}

function isCounted({ verb, resource, namespace, subresource }: AdmissionRequest): boolean {
  // What is only answered takes no room.
  if (!resource.namespaced || resource.virtual || namespace === undefined || verb === 'delete') return false;
  if (subresource) return subresource === 'resize';
  return verb === 'create' || mayGrow(resource);
}

interface Write {
  request: AdmissionRequest;
  object: KubeObject;
  old: Live | undefined;
}

/** Throws Forbidden. */
async function check(
  { reader, clock }: ResourceQuotaOptions,
  { request, object, old }: Write,
  quotas: readonly ResourceQuota[],
): Promise<void> {
  const { resource, namespace } = request;
  const now = clock.now();
  const usage = usageOf(resource, object, now);
  const concerned = quotas.filter((quota) => concerns(quota, request, object, usage));
  for (const quota of concerned) checkSaid(quota, request, object);
  const wanted = growth(usage, old && usageOf(resource, old, now));
  if (concerned.length === 0 || wanted.size === 0) return;
  const existing = await reader.all(resource, namespace);
  for (const quota of concerned) {
    const used = new Map<string, Quantity>();
    for (const each of existing) {
      if (inScopes(quota, resource, each)) addTo(used, usageOf(resource, each, now));
    }
    checkRoom(quota, request, object, wanted, used);
  }
}

function concerns(
  quota: ResourceQuota,
  request: AdmissionRequest,
  object: KubeObject,
  usage: Amounts,
): boolean {
  const names = Object.keys(quota.spec?.hard ?? {});
  const measured = isPods(request.resource) ? names.some(isOfPods) : names.some((name) => usage.has(name));
  return measured && inScopes(quota, request.resource, object);
}

function checkSaid(quota: ResourceQuota, request: AdmissionRequest, object: KubeObject): void {
  if (!isOf(pods, request.resource, object)) return;
  const missing = unsaid(object, Object.keys(quota.spec?.hard ?? {}));
  if (missing.length === 0) return;
  throw refusal(request, object, `failed quota: ${nameOf(quota)}: must specify ${missing.join('; ')}`);
}

/** What there is more of than before. */
function growth(usage: Amounts, before: Amounts | undefined): Amounts {
  const more = [...usage].map(
    ([name, amount]) => [name, amount.sub(before?.get(name) ?? Quantity.zero)] as const,
  );
  return new Map(more.filter(([, amount]) => amount.sign > 0));
}

function checkRoom(
  quota: ResourceQuota,
  request: AdmissionRequest,
  object: KubeObject,
  wanted: Amounts,
  used: Amounts,
): void {
  const hard = listOf(quota.spec?.hard);
  const exceeded = [...hard.keys()].sort().filter((name) => {
    const more = wanted.get(name);
    return (
      more !== undefined && (used.get(name) ?? Quantity.zero).add(more).compare(hard.get(name) ?? more) > 0
    );
  });
  if (exceeded.length === 0) return;
  const shown = (amounts: Amounts) =>
    exceeded.map((name) => `${name}=${amounts.get(name) ?? Quantity.zero}`).join(',');
  const why = `exceeded quota: ${nameOf(quota)}, requested: ${shown(wanted)}, used: ${shown(used)}, limited: ${shown(hard)}`;
  throw refusal(request, object, why);
}

function nameOf({ metadata }: ResourceQuota): string {
  return metadata?.name ?? '';
}

function refusal({ resource }: AdmissionRequest, { metadata }: KubeObject, why: string): ApiError {
  return forbidden(resource, metadata?.name ?? metadata?.generateName ?? '', why);
}
