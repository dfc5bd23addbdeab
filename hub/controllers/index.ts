// All controllers. Each promises one thing; its file begins with what.

import { resources as builtIn } from '../../shared/api/index.ts';
import type { Client, Controller } from '../../shared/client/index.ts';
import { authorityPublisher } from './access/authority-publisher.ts';
import { clusterRoleAggregationController } from './access/cluster-role-aggregation.ts';
import { serviceAccountController } from './access/service-account.ts';
import { horizontalPodAutoscalerController } from './autoscaling/horizontal-pod-autoscaler.ts';
import type { ControllerContext } from './context.ts';
import { garbageCollector } from './garbage/garbage-collector.ts';
import { namespaceController } from './garbage/namespace.ts';
import { cronJobController } from './jobs/cron-job.ts';
import { jobController } from './jobs/job.ts';
import { jobTrackingController } from './jobs/job-tracking.ts';
import { jobTtlController } from './jobs/job-ttl.ts';
import { nodeIpamController } from './nodes/node-ipam.ts';
import { nodeLifecycleController } from './nodes/node-lifecycle.ts';
import { podGarbageController } from './nodes/pod-gc.ts';
import { taintEvictionController } from './nodes/taint-eviction.ts';
import { disruptionController } from './policy/disruption.ts';
import { flowControlDefaultsController } from './policy/flow-control-defaults.ts';
import { flowSchemaController } from './policy/flow-schema.ts';
import { resourceQuotaController } from './policy/resource-quota.ts';
import { staleDisruptionController } from './policy/stale-disruption.ts';
import { endpointSliceController } from './services/endpoint-slice.ts';
import { endpointSliceMirroringController } from './services/endpoint-slice-mirroring.ts';
import { endpointsController } from './services/endpoints.ts';
import { ephemeralVolumeController } from './volumes/ephemeral-volume.ts';
import { localVolumeController } from './volumes/local-volume.ts';
import { persistentVolumeController } from './volumes/persistent-volume.ts';
import { claimProtectionController, volumeProtectionController } from './volumes/volume-protection.ts';
import { daemonSetController } from './workloads/daemon-set.ts';
import { deploymentController } from './workloads/deployment.ts';
import { replicaSetController, replicationControllerController } from './workloads/replica-set.ts';
import { statefulSetController } from './workloads/stateful-set.ts';

export {
  type ServiceAccountTokenOptions,
  serviceAccountTokenController,
} from './access/service-account-token.ts';
export {
  CertificateSigning,
  type CertificateSigningOptions,
  type Signer,
} from './certificates/certificate-signing.ts';
export { type ControllerContext, type ControllerOptions, defaultOptions } from './context.ts';
export { ControllerManager, type ControllerManagerOptions } from './controller-manager.ts';
export { type ClusterRange, clusterRange } from './nodes/plan-node-range.ts';

type Make = (context: ControllerContext) => Controller;

/** By the service account in kube-system that they act as (hub/apiserver/rbac/controller-roles.ts). */
const all: Readonly<Record<string, readonly Make[]>> = {
  'deployment-controller': [deploymentController],
  'replicaset-controller': [replicaSetController],
  'replication-controller': [replicationControllerController],
  'daemon-set-controller': [daemonSetController],
  'statefulset-controller': [statefulSetController],
  'job-controller': [jobController, jobTrackingController],
  'ttl-after-finished-controller': [jobTtlController],
  'cronjob-controller': [cronJobController],
  'endpoint-controller': [endpointsController],
  'endpointslice-controller': [endpointSliceController],
  'endpointslicemirroring-controller': [endpointSliceMirroringController],
  'node-controller': [nodeIpamController, nodeLifecycleController, taintEvictionController],
  'namespace-controller': [namespaceController],
  'service-account-controller': [serviceAccountController],
  'root-ca-cert-publisher': [authorityPublisher],
  'generic-garbage-collector': [garbageCollector],
  'pod-garbage-collector': [podGarbageController],
  'disruption-controller': [disruptionController, staleDisruptionController],
  'resourcequota-controller': [resourceQuotaController],
  'persistent-volume-binder': [persistentVolumeController, localVolumeController],
  'pvc-protection-controller': [claimProtectionController],
  'pv-protection-controller': [volumeProtectionController],
  'ephemeral-volume-controller': [ephemeralVolumeController],
  'clusterrole-aggregation-controller': [clusterRoleAggregationController],
  'horizontal-pod-autoscaler': [horizontalPodAutoscalerController],
};

/** The API server's own. */
const ofTheServer: readonly Make[] = [flowControlDefaultsController, flowSchemaController];

export interface ControllersOptions extends Omit<ControllerContext, 'client' | 'resources'> {
  /** Whom a controller acts as. */
  clientOf(account: string): Client;
  /** As the API server itself. */
  ownClient: Client;
  /** Absent: the built-in ones. */
  resources?: ControllerContext['resources'];
}

/** Make them before the informers start: each asks for those that it reads. */
export function controllers({ clientOf, ownClient, ...rest }: ControllersOptions): Controller[] {
  const shared = { resources: () => builtIn, ...rest };
  return [
    ...Object.entries(all).flatMap(([account, made]) => {
      const client = clientOf(account);
      return made.map((make) => make({ ...shared, client }));
    }),
    ...ofTheServer.map((make) => make({ ...shared, client: ownClient })),
  ];
}
