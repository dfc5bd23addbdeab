// What is to be done about one APIService that stands for a version which is served here
// (k8s.io/kube-aggregator/pkg/controllers/autoregister). Pure.

import { type APIService, apiservices } from '../../../shared/api/index.ts';
import { apiVersionOf, deepEqual, type Live } from '../../../shared/machinery/index.ts';
import type { ResourceIndex } from '../resource-index.ts';
import { builtInVersions, byItself, nameOf, prioritiesOf } from './priorities.ts';

const managedLabel = 'kube-aggregator.kubernetes.io/automanaged';
/** Of built-in versions: brought in order when the keeper starts, then left to people. */
const onStart = 'onstart';
/** Of versions of CustomResourceDefinitions: kept as they should be. */
const always = 'true';

export interface Registration {
  current: Live<APIService> | undefined;
  /** Undefined: that version is not served here. */
  wanted: APIService | undefined;
  /** Since the keeper's start it has not been brought in order. */
  due: boolean;
}

/** `create` and `update` say what to write. */
export type RegistrationStep = { create: APIService } | { update: Live<APIService> } | 'delete';

/** Undefined: nothing. One without the label is somebody's own. */
export function planRegistration({ current, wanted, due }: Registration): RegistrationStep | undefined {
  if (isOnStart(wanted) && !due) return undefined;
  if (!current) return wanted && { create: wanted };
  if (!isManaged(current)) return undefined;
  if (isOnStart(current) && !due) return undefined;
  if (!wanted) return 'delete';
  const { spec } = wanted;
  return spec && !deepEqual(current.spec, spec) ? { update: { ...current, spec } } : undefined;
}

/** By their names: one for each version that is served here. */
export function servicesOf(index: ResourceIndex): Map<string, APIService> {
  const builtIn = builtInVersions(index);
  const found = new Map<string, APIService>();
  for (const { group, versions } of index.groups()) {
    if (group === byItself) continue;
    for (const version of versions) {
      const name = nameOf(group, version);
      const isCustom = !builtIn.has(name);
      const labels = { [managedLabel]: isCustom ? always : onStart };
      found.set(name, {
        ...{ kind: apiservices.kind, apiVersion: apiVersionOf(apiservices), metadata: { name, labels } },
        spec: { ...(group && { group }), version, ...prioritiesOf(group, version, isCustom) },
      });
    }
  }
  return found;
}

function isManaged(service: APIService): boolean {
  const how = service.metadata?.labels?.[managedLabel];
  return how === onStart || how === always;
}

function isOnStart(service: APIService | undefined): boolean {
  return service?.metadata?.labels?.[managedLabel] === onStart;
}
