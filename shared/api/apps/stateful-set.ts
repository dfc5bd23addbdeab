// The Kind StatefulSet: pods after one template, each with a name and storage of its own that stay.

export type { StatefulSet } from 'kubernetes-types/apps/v1';

import type { StatefulSet, StatefulSetSpec } from 'kubernetes-types/apps/v1';
import type { PersistentVolumeClaim } from 'kubernetes-types/core/v1';
import { FieldPath, selectorFrom } from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defaultPodTemplateSpec } from '../core/pod-defaults.ts';
import { roundQuantities } from '../core/pod-resource-lists.ts';
import { containerColumns } from '../core/pod-template-columns.ts';
import { podTemplateWarnings } from '../core/pod-warnings.ts';
import type { Strategy } from '../resource.ts';
import {
  validateStatefulSet,
  validateStatefulSetStatusUpdate,
  validateStatefulSetUpdate,
} from './stateful-set-validation.ts';

export const strategy: Strategy<StatefulSet> = {
  schema: 'io.k8s.api.apps.v1.StatefulSet',
  // A set's name becomes its pods' host name.
  nameRule: 'dns1123-label',
  generation: true,
  default({ spec }) {
    // Without a spec there is no selector: never valid, so there is nothing to fill in.
    if (!spec) return;
    spec.podManagementPolicy ||= 'OrderedReady';
    defaultUpdateStrategy(spec);
    defaultRetention(spec);
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    spec.template = defaultPodTemplateSpec(spec.template ?? {});
    spec.volumeClaimTemplates?.forEach(defaultClaim);
  },
  prepareForCreate(set) {
    dropUnserved(set);
    Object.assign(set, { status: { replicas: 0, availableReplicas: 0 } });
  },
  prepareForUpdate: dropUnserved,
  validate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  validateStatusUpdate: validateStatefulSetStatusUpdate,
  warnings: ({ spec }) => [
    ...podTemplateWarnings(spec?.template, new FieldPath('spec.template')),
    ...((spec?.revisionHistoryLimit ?? 0) < 0 ? [historyWarning] : []),
  ],
  columns: [
    nameColumn(),
    textColumn(
      'Ready',
      'Number of the pod with ready state',
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    ),
    ageColumn(),
    ...containerColumns<StatefulSet>(({ spec }) => spec?.template),
  ],
  scale: {
    replicas: ({ spec }) => spec?.replicas ?? 0,
    setReplicas({ spec }, replicas) {
      if (spec) spec.replicas = replicas;
    },
    statusReplicas: ({ status }) => status?.replicas ?? 0,
    selector: ({ spec }) => selectorFrom(spec?.selector).toString(),
  },
};

const historyWarning =
  'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended';

function defaultUpdateStrategy(spec: StatefulSetSpec): void {
  spec.updateStrategy ??= {};
  const { updateStrategy } = spec;
  if (!updateStrategy.type) {
    updateStrategy.type = 'RollingUpdate';
    updateStrategy.rollingUpdate ??= {};
  }
  if (updateStrategy.type === 'RollingUpdate' && updateStrategy.rollingUpdate) {
    updateStrategy.rollingUpdate.partition ??= 0;
  }
}

function defaultRetention(spec: StatefulSetSpec): void {
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
}

function defaultClaim(claim: PersistentVolumeClaim): void {
  claim.apiVersion = 'v1';
  claim.kind = 'PersistentVolumeClaim';
  claim.spec ??= {};
  claim.spec.volumeMode ||= 'Filesystem';
  roundQuantities(claim.spec.resources?.limits);
  roundQuantities(claim.spec.resources?.requests);
  Object.assign(claim, { status: { ...claim.status, phase: claim.status?.phase || 'Pending' } });
}

/** Behind the feature gate MaxUnavailableStatefulSet, which is off in v1.32. */
function dropUnserved({ spec }: StatefulSet): void {
  delete spec?.updateStrategy?.rollingUpdate?.maxUnavailable;
}
