// Which group is looked at first, and which version of it, where no APIService says otherwise: as upstream's
// apiVersionPriorities (pkg/controlplane/apiserver/aggregator.go) and its CRD registration controller.

import type { ResourceIndex } from '../resource-index.ts';

export interface Priorities {
  groupPriorityMinimum: number;
  versionPriority: number;
}

/** The group of APIServices themselves: it has none, is served here always, and stands before all others. */
export const byItself = 'apiregistration.k8s.io';

const groups: Readonly<Record<string, number>> = {
  '': 18000,
  apps: 17800,
  'events.k8s.io': 17750,
  'authentication.k8s.io': 17700,
  'authorization.k8s.io': 17600,
  autoscaling: 17500,
  batch: 17400,
  'certificates.k8s.io': 17300,
  'networking.k8s.io': 17200,
  policy: 17100,
  'rbac.authorization.k8s.io': 17000,
  'storage.k8s.io': 16800,
  'apiextensions.k8s.io': 16700,
  'admissionregistration.k8s.io': 16700,
  'scheduling.k8s.io': 16600,
  'coordination.k8s.io': 16500,
  'node.k8s.io': 16300,
  'discovery.k8s.io': 16200,
  'flowcontrol.apiserver.k8s.io': 16100,
  'metrics.k8s.io': 100,
};
/** By `VERSION.GROUP`, where it is not the usual one. */
const versions: Readonly<Record<string, number>> = {
  'v1.': 1,
  'v2.autoscaling': 30,
  'v1.flowcontrol.apiserver.k8s.io': 21,
  'v1beta1.metrics.k8s.io': 100,
};
const own = { group: 1000, version: 15 };
const custom: Priorities = { groupPriorityMinimum: 1000, versionPriority: 100 };

/** Of a version that is served here; `isCustom`: by CustomResourceDefinitions alone. */
export function prioritiesOf(group: string, version: string, isCustom: boolean): Priorities {
  if (isCustom) return custom;
  return {
    groupPriorityMinimum: groups[group] ?? own.group,
    versionPriority: versions[nameOf(group, version)] ?? own.version,
  };
}

/** By the names of their APIServices: the versions that are built in. */
export function builtInVersions(index: ResourceIndex): ReadonlySet<string> {
  const rows = index.all().filter((row) => !row.custom);
  return new Set(rows.map(({ group, version }) => nameOf(group, version)));
}

/** The name of the APIService. */
export function nameOf(group: string, version: string): string {
  return `${version}.${group}`;
}
