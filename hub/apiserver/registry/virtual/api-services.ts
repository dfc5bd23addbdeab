// apiservices: one for each group and version that is served here, those of custom resources too; beside them those that
// somebody has stored, of other servers.

import { createHash } from 'node:crypto';
import type { APIService } from '../../../../shared/api/index.ts';
import { resources as builtIn } from '../../../../shared/api/index.ts';
import {
  alreadyExists,
  apiVersionOf,
  formatTime,
  isRecord,
  type KubeObject,
} from '../../../../shared/machinery/index.ts';
import { create } from '../create.ts';
import { type Handler, writing } from '../outcome.ts';
import type { RegistryParts } from '../registry-parts.ts';
import type { VirtualObjects } from './listing.ts';

/** Which group is looked at first, as upstream's apiVersionPriorities. */
const groupPriorities: Readonly<Record<string, number>> = {
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
const ownPriority = { group: 1000, version: 15 };
const customPriority = { group: 1000, version: 100 };
const byItself = 'apiregistration.k8s.io';

export const apiServices: VirtualObjects = {
  async objects(parts, { row }) {
    const own = ownServices(parts);
    const names = new Set(own.map(nameOf));
    const others = (await parts.reader.all(row)).filter((service) => !names.has(nameOf(service)));
    return [...own, ...others].sort((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1));
  },
};

/** One that is answered here is there already. */
export const createApiService: Handler = async (parts, kind, request) => {
  const metadata = isRecord(request.body) ? request.body.metadata : undefined;
  const name = isRecord(metadata) ? metadata.name : undefined;
  if (ownServices(parts).some((service) => nameOf(service) === name))
    throw alreadyExists(kind.row, String(name));
  return writing(create)(parts, kind, request);
};

function ownServices(parts: RegistryParts): APIService[] {
  return parts.index
    .groups()
    .filter(({ group }) => group !== byItself)
    .flatMap(({ group, versions }) => versions.map((version) => serviceOf(parts, group, version)));
}

function nameOf({ metadata }: KubeObject): string {
  return metadata?.name ?? '';
}

function serviceOf({ startedAt }: RegistryParts, group: string, version: string): APIService {
  const name = `${version}.${group}`;
  const own = builtIn.some((row) => row.group === group);
  const since = formatTime(startedAt);
  const priority = own ? ownPriority : customPriority;
  return {
    kind: 'APIService',
    apiVersion: apiVersionOf({ group: byItself, version: 'v1' }),
    metadata: {
      name,
      uid: uidOf(name),
      creationTimestamp: since,
      labels: { 'kube-aggregator.kubernetes.io/automanaged': own ? 'onstart' : 'true' },
    },
    spec: {
      ...(group && { group }),
      version,
      groupPriorityMinimum: groupPriorities[group] ?? priority.group,
      versionPriority: versionPriority(group, version) ?? priority.version,
    },
    status: {
      conditions: [
        {
          type: 'Available',
          status: 'True',
          lastTransitionTime: since,
          reason: 'Local',
          message: 'Local APIServices are always available',
        },
      ],
    },
  };
}

/** Where upstream has another than the usual one. */
function versionPriority(group: string, version: string): number | undefined {
  const others: Readonly<Record<string, number>> = {
    v1: 1,
    'autoscaling/v2': 30,
    'flowcontrol.apiserver.k8s.io/v1': 21,
    'metrics.k8s.io/v1beta1': 100,
  };
  return others[apiVersionOf({ group, version })];
}

/** The same for the same name, on every hub. */
function uidOf(name: string): string {
  const hex = createHash('sha256').update(`apiservices/${name}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
