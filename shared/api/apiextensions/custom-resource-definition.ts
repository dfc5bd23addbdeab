// The Kind CustomResourceDefinition: a Kind that somebody adds. What its schema may say is checked in
// definition-validation.ts, which is loaded with the first definition that is written.

export type { CustomResourceDefinition } from './definition.ts';

import { type FieldError, mutableCopy, setCondition } from '../../machinery/index.ts';
import type { Strategy } from '../resource.ts';
import { decodeDefinition } from './decode-definition.ts';
import {
  type CustomResourceDefinition,
  cleanupFinalizer,
  type DefinitionCondition,
  storageVersion,
} from './definition.ts';
import { namesFaults, storedVersionsFaults } from './names-validation.ts';

export const strategy: Strategy<CustomResourceDefinition> = {
  schema: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  generation: true,
  needsRevision: true,
  plainFinalizers: true,
  decode: decodeDefinition,
  default(definition) {
    // What Go has in place of a struct that was not sent: validation says what is missing.
    definition.spec ??= { group: '', names: { plural: '', kind: '' }, scope: '', versions: [] };
    const { spec } = definition;
    spec.names ??= { plural: '', kind: '' };
    spec.versions ??= [];
    if (spec.names.kind) {
      spec.names.singular ||= spec.names.kind.toLowerCase();
      spec.names.listKind ||= `${spec.names.kind}List`;
    }
    for (const column of (spec.versions ?? []).flatMap(
      ({ additionalPrinterColumns = [] }) => additionalPrinterColumns,
    ))
      if (column.priority === 0) delete column.priority;
    spec.conversion ??= { strategy: 'None' };
    const service = spec.conversion.webhook?.clientConfig?.service;
    if (service) service.port ??= 443;
  },
  prepareForCreate(definition) {
    delete definition.status;
    noteStorage(definition);
  },
  prepareForUpdate(definition, old) {
    definition.status = mutableCopy(old.status ?? {});
    noteStorage(definition);
  },
  prepareForStatusUpdate(definition, old) {
    definition.spec = mutableCopy(old.spec);
  },
  beforeDeletion(definition, now) {
    const meta = definition.metadata ?? {};
    definition.metadata = meta;
    if (!meta.finalizers?.includes(cleanupFinalizer))
      meta.finalizers = [...(meta.finalizers ?? []), cleanupFinalizer];
    definition.status = {
      ...definition.status,
      conditions: setCondition(definition.status?.conditions ?? undefined, terminating, now),
    };
  },
  validateStatusUpdate: statusFaults,
  validateLater: async (definition, old, schemas) => {
    const { definitionFaults } = await import('./definition-validation.ts');
    return definitionFaults(definition, schemas, old);
  },
  columns: [],
};

const terminating: DefinitionCondition = {
  type: 'Terminating',
  status: 'True',
  reason: 'InstanceDeletionPending',
  message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
};

/** From the first object on, there may be objects in the storage version. */
function noteStorage(definition: CustomResourceDefinition): void {
  const version = definition.spec?.versions && storageVersion(definition);
  definition.status ??= {};
  const stored = definition.status.storedVersions ?? [];
  if (version && !stored.includes(version)) stored.push(version);
  if (stored.length > 0) definition.status.storedVersions = stored;
}

function statusFaults(next: CustomResourceDefinition): FieldError[] {
  return [...namesFaults(next.status?.acceptedNames, 'status.acceptedNames'), ...storedVersionsFaults(next)];
}
