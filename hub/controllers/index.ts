// All controllers. Each promises one thing; its file begins with what.

import { resources as builtIn } from '../../shared/api/index.ts';
import type { Controller } from '../../shared/client/index.ts';
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

const all: readonly ((context: ControllerContext) => Controller)[] = [
  deploymentController,
  replicaSetController,
  replicationControllerController,
  daemonSetController,
  statefulSetController,
  jobController,
  jobTrackingController,
  jobTtlController,
  cronJobController,
  endpointsController,
  endpointSliceController,
  endpointSliceMirroringController,
  nodeIpamController,
  nodeLifecycleController,
  taintEvictionController,
  namespaceController,
  serviceAccountController,
  garbageCollector,
  podGarbageController,
  disruptionController,
  staleDisruptionController,
  resourceQuotaController,
  persistentVolumeController,
  claimProtectionController,
  volumeProtectionController,
  localVolumeController,
  ephemeralVolumeController,
  flowControlDefaultsController,
  flowSchemaController,
  clusterRoleAggregationController,
  horizontalPodAutoscalerController,
];

/** Without `resources`: the built-in ones. */
export type ControllersOptions = Omit<ControllerContext, 'resources'> & Partial<ControllerContext>;

/** Make them before the informers start: each asks for those that it reads. */
export function controllers(options: ControllersOptions): Controller[] {
  const context: ControllerContext = { resources: () => builtIn, ...options };
  return all.map((make) => make(context));
}
