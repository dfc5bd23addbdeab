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
/** What is somebody else's to serve in Kubernetes has no label: whoever takes it over keeps it. */
const othersMayServe: ReadonlySet<string> = new Set(['metrics.k8s.io']);

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
  if (wanted && howManaged(wanted) !== always && !due) return undefined;
  if (!current) return wanted && { create: wanted };
  const how = howManaged(current);
  if (how !== always && (how !== onStart || !due)) return undefined;
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
      const metadata = { name, ...(!othersMayServe.has(group) && { labels }) };
      found.set(name, {
        ...{ kind: apiservices.kind, apiVersion: apiVersionOf(apiservices), metadata },
        spec: { ...(group && { group }), version, ...prioritiesOf(group, version, isCustom) },
      });
    }
  }
  return found;
}

function howManaged({ metadata }: APIService): string | undefined {
  return metadata?.labels?.[managedLabel];
}
