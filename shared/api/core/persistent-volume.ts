// The Kind PersistentVolume: a piece of storage of the cluster, and which claim has it.

export type { PersistentVolume } from 'kubernetes-types/core/v1';

import type { PersistentVolume, PersistentVolumeSpec } from 'kubernetes-types/core/v1';
import { type FieldError, FieldPath } from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';
import { validatePersistentVolume, validatePersistentVolumeUpdate } from './persistent-volume-validation.ts';
import { termWarnings } from './pod-label-warnings.ts';
import { defaultNetworkStorage } from './pod-volume-defaults.ts';
import { classAnnotation, classOf, formatAccessModes } from './volume-text.ts';

const path = new FieldPath('spec');

export const strategy: Strategy<PersistentVolume> = {
  schema: 'io.k8s.api.core.v1.PersistentVolume',
  default(volume) {
    volume.spec ??= {};
    const { spec } = volume;
    spec.persistentVolumeReclaimPolicy ??= 'Retain';
    spec.volumeMode ??= 'Filesystem';
    if (spec.hostPath) spec.hostPath.type ??= '';
    defaultNetworkStorage(spec);
    Object.assign(volume, { status: { phase: 'Pending', ...volume.status } });
  },
  prepareForCreate(volume) {
    const lastPhaseTransitionTime = volume.metadata?.creationTimestamp;
    Object.assign(volume, {
      status: { phase: 'Pending', ...(lastPhaseTransitionTime && { lastPhaseTransitionTime }) },
    });
    // A beta feature that is off unless asked for: nothing here would act on it.
    delete volume.spec?.volumeAttributesClassName;
  },
  prepareForUpdate: (next) => {
    delete next.spec?.volumeAttributesClassName;
  },
  prepareForStatusUpdate(next, old, now) {
    if (old.spec) next.spec = old.spec;
    else delete next.spec;
    noteTransition(next, old, now);
  },
  validate: validatePersistentVolume,
  validateUpdate: validatePersistentVolumeUpdate,
  validateStatusUpdate: (): FieldError[] => [],
  warnings: volumeWarnings,
  columns: [
    nameColumn(),
    textColumn(
      'Capacity',
      "capacity is the description of the persistent volume's resources and capacity. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#capacity",
      ({ spec }) => spec?.capacity?.storage ?? '0',
    ),
    textColumn(
      'Access Modes',
      'accessModes contains all ways the volume can be mounted. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#access-modes',
      ({ spec }) => formatAccessModes(spec?.accessModes),
    ),
    textColumn(
      'Reclaim Policy',
      'persistentVolumeReclaimPolicy defines what happens to a persistent volume when released from its claim. Valid options are Retain (default for manually created PersistentVolumes), Delete (default for dynamically provisioned PersistentVolumes), and Recycle (deprecated). Recycle must be supported by the volume plugin underlying this PersistentVolume. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#reclaiming',
      ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? '',
    ),
    textColumn(
      'Status',
      'phase indicates if a volume is available, bound to a claim, or released by a claim. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#phase',
      ({ metadata, status }) => (metadata?.deletionTimestamp ? 'Terminating' : (status?.phase ?? '')),
    ),
    textColumn(
      'Claim',
      'claimRef is part of a bi-directional binding between PersistentVolume and PersistentVolumeClaim. Expected to be non-nil when bound. claim.VolumeName is the authoritative bind between PV and PVC. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#binding',
      ({ spec }) => (spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : ''),
    ),
    textColumn('StorageClass', 'StorageClass of the pv', ({ metadata, spec }) =>
      classOf(metadata, spec?.storageClassName),
    ),
    textColumn(
      'VolumeAttributesClass',
      'VolumeAttributesClass of the pv',
      ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>',
    ),
    textColumn(
      'Reason',
      'reason is a brief CamelCase string that describes any failure and is meant for machine parsing and tidy display in the CLI.',
      ({ status }) => status?.reason ?? '',
    ),
    ageColumn(),
    textColumn(
      'VolumeMode',
      'volumeMode defines if a volume is intended to be used with a formatted filesystem or to remain in raw block state. Value of Filesystem is implied when not included in spec.',
      ({ spec }) => spec?.volumeMode ?? '<unset>',
      'wide',
    ),
  ],
};

const goneSources: Partial<Record<keyof PersistentVolumeSpec, string>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

/** Who writes another phase need not say when; who says it has the last word. */
function noteTransition(next: PersistentVolume, { status: before }: PersistentVolume, now: string): void {
  const said = next.status?.lastPhaseTransitionTime;
  const last = before?.lastPhaseTransitionTime;
  const isSame = next.status?.phase === before?.phase;
  const time = isSame ? (said ?? last) : said === undefined || said === last ? now : said;
  if (time) Object.assign(next, { status: { ...next.status, lastPhaseTransitionTime: time } });
}

function volumeWarnings({ metadata, spec = {} }: PersistentVolume): string[] {
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const at = path.child('nodeAffinity', 'required', 'nodeSelectorTerms');
  const annotated = metadata?.annotations?.[classAnnotation] !== undefined;
  return [
    ...(annotated
      ? [
          `metadata.annotations[${classAnnotation}]: deprecated since v1.8; use "storageClassName" attribute instead`,
        ]
      : []),
    ...(spec.persistentVolumeReclaimPolicy === 'Recycle'
      ? [
          'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
        ]
      : []),
    ...terms.flatMap((term, position) => termWarnings(term, at.index(position))),
    ...Object.entries(goneSources)
      .filter(([field]) => field in spec)
      .map(([field, message]) => `${path.child(field)}: ${message}`),
  ];
}
