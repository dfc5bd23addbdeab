// The Kind CSIDriver: a storage driver of the cluster, and what it wants of whoever mounts its volumes.

export type { CSIDriver } from 'kubernetes-types/storage/v1';

import type { CSIDriver, CSIDriverSpec, TokenRequest } from 'kubernetes-types/storage/v1';
import { type FieldError, FieldPath, faults } from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { oneOf, required } from '../core/pod-validation/rules.ts';
import { immutable } from '../immutable.ts';
import type { Column, Strategy } from '../resource.ts';

const path = new FieldPath('spec');
const shortestTokenSeconds = 600;
const longestTokenSeconds = 2 ** 32;

export const strategy: Strategy<CSIDriver> = {
  schema: 'io.k8s.api.storage.v1.CSIDriver',
  generation: true,
  needsRevision: true,
  default(driver) {
    driver.spec ??= {};
    const { spec } = driver;
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent'];
  },
  validate: ({ spec }) => [
    ...required(spec.attachRequired, path.child('attachedRequired')),
    ...required(spec.podInfoOnMount, path.child('podInfoOnMount')),
    ...required(spec.storageCapacity, path.child('storageCapacity')),
    ...oneOf(
      spec.fsGroupPolicy ?? '',
      ['File', 'None', 'ReadWriteOnceWithFSType'],
      path.child('fsGroupPolicy'),
    ),
    ...validateTokenRequests(spec.tokenRequests ?? [], path.child('tokenRequests')),
    ...(spec.volumeLifecycleModes ?? []).flatMap((mode) =>
      oneOf(mode, ['Persistent', 'Ephemeral'], path.child('volumeLifecycleModes')),
    ),
    ...required(spec.seLinuxMount, path.child('seLinuxMount')),
  ],
  validateUpdate: (next, old) => [
    ...immutable(next.spec.attachRequired, old.spec.attachRequired, path.child('attachedRequired')),
    ...immutable(
      next.spec.volumeLifecycleModes,
      old.spec.volumeLifecycleModes,
      path.child('volumeLifecycleModes'),
    ),
  ],
  columns: [
    nameColumn(),
    booleanColumn(
      'AttachRequired',
      'attachRequired indicates this CSI volume driver requires an attach operation (because it implements the CSI ControllerPublishVolume() method), and that the Kubernetes attach detach controller should call the attach volume interface which checks the volumeattachment status and waits until the volume is attached before proceeding to mounting. The CSI external-attacher coordinates with CSI volume driver and updates the volumeattachment status when the attach operation is complete. If the value is specified to false, the attach operation will be skipped. Otherwise the attach operation will be called.  This field is immutable.',
      (spec) => spec.attachRequired ?? true,
    ),
    booleanColumn(
      'PodInfoOnMount',
      'podInfoOnMount indicates this CSI volume driver requires additional pod information (like podName, podUID, etc.) during mount operations, if set to true. If set to false, pod information will not be passed on mount. Default is false.  The CSI driver specifies podInfoOnMount as part of driver deployment. If true, Kubelet will pass pod information as VolumeContext in the CSI NodePublishVolume() calls. The CSI driver is responsible for parsing and validating the information passed in as VolumeContext.  The following VolumeContext will be passed if podInfoOnMount is set to true. This list might grow, but the prefix will be used. "csi.storage.k8s.io/pod.name": pod.Name "csi.storage.k8s.io/pod.namespace": pod.Namespace "csi.storage.k8s.io/pod.uid": string(pod.UID) "csi.storage.k8s.io/ephemeral": "true" if the volume is an ephemeral inline volume                                 defined by a CSIVolumeSource, otherwise "false"  "csi.storage.k8s.io/ephemeral" is a new feature in Kubernetes 1.16. It is only required for drivers which support both the "Persistent" and "Ephemeral" VolumeLifecycleMode. Other drivers can leave pod info disabled and/or ignore this field. As Kubernetes 1.15 doesn\'t support this field, drivers can only support one mode when deployed on such a cluster and the deployment determines which mode that is, for example via a command line parameter of the driver.  This field was immutable in Kubernetes < 1.29 and now is mutable.',
      (spec) => spec.podInfoOnMount ?? false,
    ),
    booleanColumn(
      'StorageCapacity',
      'storageCapacity indicates that the CSI volume driver wants pod scheduling to consider the storage capacity that the driver deployment will report by creating CSIStorageCapacity objects with capacity information, if set to true.  The check can be enabled immediately when deploying a driver. In that case, provisioning new volumes with late binding will pause until the driver deployment has published some suitable CSIStorageCapacity object.  Alternatively, the driver can be deployed with the field unset or false and it can be flipped later when storage capacity information has been published.  This field was immutable in Kubernetes <= 1.22 and now is mutable.',
      (spec) => spec.storageCapacity ?? false,
    ),
    textColumn(
      'TokenRequests',
      'tokenRequests indicates the CSI driver needs pods\' service account tokens it is mounting volume for to do necessary authentication. Kubelet will pass the tokens in VolumeContext in the CSI NodePublishVolume calls. The CSI driver should parse and validate the following VolumeContext: "csi.storage.k8s.io/serviceAccount.tokens": {   "<audience>": {     "token": <token>,     "expirationTimestamp": <expiration timestamp in RFC3339>,   },   ... }  Note: Audience in each TokenRequest should be different and at most one token is empty string. To receive a new token after expiry, RequiresRepublish can be used to trigger NodePublishVolume periodically.',
      ({ spec }) => spec.tokenRequests?.map(({ audience }) => audience).join(',') ?? '<unset>',
    ),
    booleanColumn(
      'RequiresRepublish',
      'requiresRepublish indicates the CSI driver wants `NodePublishVolume` being periodically called to reflect any possible change in the mounted volume. This field defaults to false.  Note: After a successful initial NodePublishVolume call, subsequent calls to NodePublishVolume should only update the contents of the volume. New mount points will not be seen by a running container.',
      (spec) => spec.requiresRepublish ?? false,
    ),
    textColumn(
      'Modes',
      'volumeLifecycleModes defines what kind of volumes this CSI volume driver supports. The default if the list is empty is "Persistent", which is the usage defined by the CSI specification and implemented in Kubernetes via the usual PV/PVC mechanism.  The other mode is "Ephemeral". In this mode, volumes are defined inline inside the pod spec with CSIVolumeSource and their lifecycle is tied to the lifecycle of that pod. A driver has to be aware of this because it is only going to get a NodePublishVolume call for such a volume.  For more information about implementing this mode, see https://kubernetes-csi.github.io/docs/ephemeral-local-volumes.html A driver can support one or more of these modes and more modes may be added in the future.  This field is beta. This field is immutable.',
      ({ spec }) => spec.volumeLifecycleModes?.join(',') ?? '<none>',
    ),
    ageColumn(),
  ],
};

function booleanColumn(
  name: string,
  description: string,
  flag: (spec: CSIDriverSpec) => boolean,
): Column<CSIDriver> {
  return { name, type: 'boolean', format: '', description, priority: 0, cell: ({ spec }) => flag(spec) };
}

function validateTokenRequests(requests: readonly TokenRequest[], at: FieldPath): FieldError[] {
  return requests.flatMap(({ audience, expirationSeconds: seconds }, index) => {
    if (requests.slice(0, index).some((other) => other.audience === audience))
      return [faults.duplicate(at.index(index).child('audience'), audience)];
    const expiration = at.index(index).child('expirationSeconds');
    if (seconds === undefined) return [];
    if (seconds < shortestTokenSeconds)
      return [faults.invalid(expiration, seconds, 'may not specify a duration less than 10 minutes')];
    if (seconds > longestTokenSeconds)
      return [faults.invalid(expiration, seconds, 'may not specify a duration larger than 2^32 seconds')];
    return [];
  });
}
