// The Kind PersistentVolumeClaim: storage that somebody asks for, and which volume they got.

export type { PersistentVolumeClaim } from 'kubernetes-types/core/v1';

import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from 'kubernetes-types/core/v1';
import { FieldPath } from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';
import { claimSpecWarnings } from './claim-warnings.ts';
import {
  validateClaim,
  validateClaimStatus,
  validateClaimUpdate,
} from './persistent-volume-claim-validation.ts';
import { classAnnotation, classOf, formatAccessModes } from './volume-text.ts';

export const strategy: Strategy<PersistentVolumeClaim> = {
  schema: 'io.k8s.api.core.v1.PersistentVolumeClaim',
  default(claim) {
    claim.spec ??= {};
    Object.assign(claim.spec, { resources: claim.spec.resources ?? {} });
    claim.spec.volumeMode ??= 'Filesystem';
    Object.assign(claim, { status: { phase: 'Pending', ...claim.status } });
  },
  prepareForCreate(claim) {
    Object.assign(claim, { status: { phase: 'Pending' } });
    if (claim.spec) settleSpec(claim.spec, {});
  },
  prepareForUpdate(next, old) {
    if (next.spec) settleSpec(next.spec, old.spec ?? {});
  },
  prepareForStatusUpdate(next, old) {
    if (old.spec) next.spec = old.spec;
    else delete next.spec;
  },
  validate: validateClaim,
  validateUpdate: validateClaimUpdate,
  validateStatusUpdate: validateClaimStatus,
  warnings: claimWarnings,
  columns: [
    nameColumn(),
    textColumn(
      'Status',
      'phase represents the current phase of PersistentVolumeClaim.',
      ({ metadata, status }) => (metadata?.deletionTimestamp ? 'Terminating' : (status?.phase ?? '')),
    ),
    textColumn(
      'Volume',
      'volumeName is the binding reference to the PersistentVolume backing this claim.',
      ({ spec }) => spec?.volumeName ?? '',
    ),
    textColumn(
      'Capacity',
      'capacity represents the actual resources of the underlying volume.',
      ({ spec, status }) => (spec?.volumeName ? (status?.capacity?.storage ?? '0') : ''),
    ),
    textColumn(
      'Access Modes',
      'accessModes contains the actual access modes the volume backing the PVC has. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#access-modes-1',
      ({ spec, status }) => (spec?.volumeName ? formatAccessModes(status?.accessModes) : ''),
    ),
    textColumn('StorageClass', 'StorageClass of the pvc', ({ metadata, spec }) =>
      classOf(metadata, spec?.storageClassName),
    ),
    textColumn(
      'VolumeAttributesClass',
      'VolumeAttributesClass of the pvc',
      ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>',
    ),
    ageColumn(),
    textColumn(
      'VolumeMode',
      'volumeMode defines what type of volume is required by the claim. Value of Filesystem is implied when not included in claim spec.',
      ({ spec }) => spec?.volumeMode ?? '<unset>',
      'wide',
    ),
  ],
};

/**
 * Drops what upstream ignores unless a feature is asked for: sources in `dataSource` that nothing can read, references
 * into other namespaces, classes of attributes. Then `dataSource` and `dataSourceRef` say the same (KEP-1495).
 */
function settleSpec(spec: PersistentVolumeClaimSpec, before: PersistentVolumeClaimSpec): void {
  delete spec.volumeAttributesClassName;
  if (spec.dataSourceRef?.namespace) delete spec.dataSourceRef;
  const { dataSource, dataSourceRef } = spec;
  const known = before.dataSource ?? before.dataSourceRef;
  if (dataSource && !dataSourceRef && !known && !isClaimOrSnapshot(dataSource)) delete spec.dataSource;
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef && !spec.dataSource) {
    const { apiGroup, kind, name } = spec.dataSourceRef;
    spec.dataSource = { ...(apiGroup !== undefined && { apiGroup }), kind, name };
  }
}

function isClaimOrSnapshot({ apiGroup = '', kind }: { apiGroup?: string; kind: string }): boolean {
  if (kind === 'PersistentVolumeClaim') return apiGroup === '';
  return kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io';
}

function claimWarnings({ metadata, spec }: PersistentVolumeClaim): string[] {
  const annotated = metadata?.annotations?.[classAnnotation] !== undefined;
  return [
    ...(annotated
      ? [
          `metadata.annotations[${classAnnotation}]: deprecated since v1.8; use "storageClassName" attribute instead`,
        ]
      : []),
    ...claimSpecWarnings(spec, new FieldPath('spec')),
  ];
}
