// Columns that Kinds around a pod template share: what is in it, and whom it selects.

import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import type { KubeObject } from '../../machinery/index.ts';
import { humanDuration } from '../../machinery/index.ts';
import type { Column } from '../resource.ts';

/** `Name`, the first column of every table. */
export function nameColumn(): Column {
  return {
    name: 'Name',
    type: 'string',
    format: 'name',
    description:
      'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
    priority: 0,
    cell: (object) => object.metadata?.name ?? '',
  };
}

/** `Age`: how long ago the object was created, e.g. `5m`. */
export function ageColumn(): Column {
  return {
    name: 'Age',
    type: 'string',
    format: '',
    description:
      'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
    priority: 0,
    cell: (object, now) => {
      const created = object.metadata?.creationTimestamp;
      return created ? humanDuration(now - Date.parse(created)) : '<unknown>';
    },
  };
}

/** `Containers` and `Images`, shown with `-o wide`. */
export function containerColumns<T extends KubeObject>(
  templateOf: (object: T) => PodTemplateSpec | undefined,
): Column<T>[] {
  const containers = (object: T) => templateOf(object)?.spec?.containers ?? [];
  return [
    {
      name: 'Containers',
      type: 'string',
      format: '',
      description: 'Names of each container in the template.',
      priority: 1,
      cell: (object) =>
        containers(object)
          .map(({ name }) => name)
          .join(','),
    },
    {
      name: 'Images',
      type: 'string',
      format: '',
      description: 'Images referenced by each container in the template.',
      priority: 1,
      cell: (object) =>
        containers(object)
          .map(({ image }) => image ?? '')
          .join(','),
    },
  ];
}
