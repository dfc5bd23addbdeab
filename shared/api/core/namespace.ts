// The Kind Namespace: a name for a set of objects. It is emptied before it goes, which its finalizer waits for.

export type { Namespace } from 'kubernetes-types/core/v1';

import type { Namespace } from 'kubernetes-types/core/v1';
import { type FieldError, FieldPath, faults, validateFinalizerName } from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';

const nameLabel = 'kubernetes.io/metadata.name';
const emptied = 'kubernetes';

export const strategy: Strategy<Namespace> = {
  schema: 'io.k8s.api.core.v1.Namespace',
  nameRule: 'dns1123-label',
  default: defaultNamespace,
  prepareForCreate(namespace) {
    // Once more: by now a generated name is known.
    labelWithName(namespace);
    namespace.status = { phase: 'Active' };
    const finalizers = namespace.spec?.finalizers ?? [];
    namespace.spec = {
      ...namespace.spec,
      finalizers: finalizers.includes(emptied) ? finalizers : [...finalizers, emptied],
    };
  },
  prepareForUpdate(next, old) {
    // Finalizers go through the subresource `finalize`.
    if (old.spec) next.spec = old.spec;
    else delete next.spec;
  },
  prepareForStatusUpdate(next, old) {
    if (old.spec) next.spec = old.spec;
    else delete next.spec;
  },
  // Upstream names the list, not the item.
  validate: ({ spec }) =>
    (spec?.finalizers ?? []).flatMap((name) =>
      validateFinalizerName(name, new FieldPath('spec').child('finalizers')),
    ),
  validateStatusUpdate: validatePhase,
  fields: { 'status.phase': (namespace) => namespace.status?.phase ?? '' },
  columns: [
    nameColumn(),
    textColumn('Status', 'The status of the namespace', (namespace) => namespace.status?.phase ?? ''),
    ageColumn(),
  ],
};

function defaultNamespace(namespace: Namespace): void {
  labelWithName(namespace);
  namespace.spec ??= {};
  namespace.status = { ...namespace.status, phase: namespace.status?.phase || 'Active' };
}

function labelWithName({ metadata }: Namespace): void {
  if (metadata?.name) metadata.labels = { ...metadata.labels, [nameLabel]: metadata.name };
}

function validatePhase(next: Namespace): FieldError[] {
  const path = new FieldPath('status').child('Phase');
  const phase = next.status?.phase ?? '';
  const deleted = next.metadata?.deletionTimestamp !== undefined;
  if (deleted && phase !== 'Terminating')
    return [faults.invalid(path, phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")];
  if (!deleted && phase !== 'Active')
    return [faults.invalid(path, phase, "may only be 'Active' if `deletionTimestamp` is empty")];
  return [];
}
