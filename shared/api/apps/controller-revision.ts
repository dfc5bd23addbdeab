// The Kind ControllerRevision: what a StatefulSet or a DaemonSet once was, to go back to. Its data never change.

export type { ControllerRevision } from 'kubernetes-types/apps/v1';

import type { ControllerRevision } from 'kubernetes-types/apps/v1';
import { deepEqual, FieldPath, faults } from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';
import { notNegative } from './replicated-pods.ts';

const dataPath = new FieldPath('data');

export const strategy: Strategy<ControllerRevision> = {
  schema: 'io.k8s.api.apps.v1.ControllerRevision',
  default(revision) {
    revision.revision ??= 0;
  },
  validate: ({ data, revision }) => [
    ...(data === undefined ? [faults.required(dataPath, 'data is mandatory')] : []),
    ...notNegative(revision, new FieldPath('revision')),
  ],
  validateUpdate: (next, old) =>
    deepEqual(next.data, old.data) ? [] : [faults.invalid(dataPath, next.data, 'field is immutable')],
  columns: [
    nameColumn(),
    textColumn('Controller', 'Controller of the object', controllerOf),
    textColumn(
      'Revision',
      'Revision indicates the revision of the state represented by Data.',
      ({ revision }) => revision,
    ),
    ageColumn(),
  ],
};

/** `statefulset.apps/web` */
function controllerOf({ metadata }: ControllerRevision): string {
  const controller = metadata?.ownerReferences?.find((owner) => owner.controller === true);
  if (!controller) return '<none>';
  const { apiVersion, kind, name } = controller;
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
  return `${kind.toLowerCase()}${group}/${name}`;
}
