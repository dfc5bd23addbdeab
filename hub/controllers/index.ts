// All controllers. Each promises one thing; its file begins with what.

import { resources as builtIn } from '../../shared/api/index.ts';
import type { Controller } from '../../shared/client/index.ts';
import { clusterRoleAggregationController } from './cluster-role-aggregation.ts';
import type { ControllerContext } from './context.ts';
import { cronJobController } from './cron-job.ts';
import { daemonSetController } from './daemon-set.ts';
import { deploymentController } from './deployment.ts';
import { disruptionController } from './disruption.ts';
import { endpointSliceController } from './endpoint-slice.ts';
import { endpointSliceMirroringController } from './endpoint-slice-mirroring.ts';
import { endpointsController } from './endpoints.ts';
import { ephemeralVolumeController } from './ephemeral-volume.ts';
import { flowControlDefaultsController } from './flow-control-defaults.ts';
import { flowSchemaController } from './flow-schema.ts';
import { garbageCollector } from './garbage-collector.ts';
import { horizontalPodAutoscalerController } from './horizontal-pod-autoscaler.ts';
import { jobController } from './job.ts';
import { jobTrackingController } from './job-tracking.ts';
import { jobTtlController } from './job-ttl.ts';
import { localVolumeController } from './local-volume.ts';
import { namespaceController } from './namespace.ts';
import { nodeIpamController } from './node-ipam.ts';
import { nodeLifecycleController } from './node-lifecycle.ts';
import { persistentVolumeController } from './persistent-volume.ts';
import { podGarbageController } from './pod-gc.ts';
import { replicaSetController, replicationControllerController } from './replica-set.ts';
import { resourceQuotaController } from './resource-quota.ts';
import { serviceAccountController } from './service-account.ts';
import { staleDisruptionController } from './stale-disruption.ts';
import { statefulSetController } from './stateful-set.ts';
import { taintEvictionController } from './taint-eviction.ts';
import { claimProtectionController, volumeProtectionController } from './volume-protection.ts';

export { CertificateSigning, type CertificateSigningOptions, type Signer } from './certificate-signing.ts';
export { type ControllerContext, type ControllerOptions, defaultOptions } from './context.ts';
export { ControllerManager, type ControllerManagerOptions } from './controller-manager.ts';
export { type ClusterRange, clusterRange } from './plan-node-range.ts';
export {
  type ServiceAccountTokenOptions,
  serviceAccountTokenController,
} from './service-account-token.ts';

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
