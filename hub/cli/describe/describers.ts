// The Kinds that are described in a way of their own, by `group/Kind`. Everything else is described by its fields.

import { describeConfigMap, describeSecret, describeServiceAccount } from './data.ts';
import type { Describer } from './describer.ts';
import { describeEndpointSlice, describeEndpoints } from './endpoints.ts';
import { describeCronJob, describeJob } from './jobs.ts';
import { describeNamespace } from './namespace.ts';
import { describeNode } from './node.ts';
import { describePod } from './pod.ts';
import { describeService } from './service.ts';
import { describeDaemonSet, describeStatefulSet } from './sets.ts';
import { describePersistentVolume, describePersistentVolumeClaim, describeStorageClass } from './storage.ts';
import { describeDeployment, describeReplicaSet } from './workloads.ts';

export interface DescriberRow {
  describe: Describer;
  /** Whose events are not shown, as kubectl has it. */
  withoutEvents?: boolean;
}

export const describers: Readonly<Record<string, DescriberRow>> = {
  '/Pod': { describe: describePod },
  '/Node': { describe: describeNode },
  '/Service': { describe: describeService },
  '/Namespace': { describe: describeNamespace, withoutEvents: true },
  '/ConfigMap': { describe: describeConfigMap },
  '/Secret': { describe: describeSecret, withoutEvents: true },
  '/ServiceAccount': { describe: describeServiceAccount },
  '/PersistentVolume': { describe: describePersistentVolume },
  '/PersistentVolumeClaim': { describe: describePersistentVolumeClaim },
  'storage.k8s.io/StorageClass': { describe: describeStorageClass },
  'apps/Deployment': { describe: describeDeployment },
  'apps/ReplicaSet': { describe: describeReplicaSet },
  'apps/StatefulSet': { describe: describeStatefulSet },
  'apps/DaemonSet': { describe: describeDaemonSet },
  'batch/Job': { describe: describeJob },
  'batch/CronJob': { describe: describeCronJob },
  '/Endpoints': { describe: describeEndpoints },
  'discovery.k8s.io/EndpointSlice': { describe: describeEndpointSlice },
};
