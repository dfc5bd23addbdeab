// The Kind CSINode: which storage drivers a node has, and what they call it.

export type { CSINode } from 'kubernetes-types/storage/v1';

import type { CSINode, CSINodeDriver } from 'kubernetes-types/storage/v1';
import { deepEqual, type FieldError, FieldPath, faults } from '../../machinery/index.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { notNegative, qualified } from '../core/pod-validation/rules.ts';
import type { Strategy } from '../resource.ts';
import { validateDriverName } from './driver-name.ts';

const longestNodeId = 192;

export const strategy: Strategy<CSINode> = {
  schema: 'io.k8s.api.storage.v1.CSINode',
  needsRevision: true,
  default(node) {
    // Upstream writes `null` for no drivers at all.
    const { spec } = node;
    Object.assign(node, { spec: { ...spec, drivers: spec?.drivers ?? null } });
  },
  validate: validateDrivers,
  validateUpdate: validateDriversUpdate,
  columns: [
    nameColumn(),
    {
      name: 'Drivers',
      type: 'integer',
      format: '',
      description: 'Drivers indicates the number of CSI drivers registered on the node',
      priority: 0,
      cell: ({ spec }) => spec.drivers?.length ?? 0,
    },
    ageColumn(),
  ],
};

function validateDrivers({ spec }: CSINode): FieldError[] {
  const drivers = spec.drivers ?? [];
  const path = new FieldPath('spec').child('drivers');
  return drivers.flatMap((driver, index) => {
    const earlier = drivers.slice(0, index).some(({ name }) => name === driver.name);
    return [
      ...validateDriver(driver, path.index(index)),
      ...(earlier ? [faults.duplicate(path.index(index).child('name'), driver.name)] : []),
      ...validateTopologyKeys(driver.topologyKeys ?? [], path.index(index)),
    ];
  });
}

function validateDriver(
  { name = '', nodeID = '', allocatable }: CSINodeDriver,
  path: FieldPath,
): FieldError[] {
  const at = path.child('nodeID');
  return [
    ...validateDriverName(name, path.child('name')),
    ...(nodeID ? [] : [faults.required(at)]),
    ...(nodeID.length > longestNodeId
      ? [faults.invalid(at, nodeID, `must be ${longestNodeId} characters or less`)]
      : []),
    ...notNegative(allocatable?.count, path.child('allocatable', 'count')),
  ];
}

/** Upstream names the driver, not the key. */
function validateTopologyKeys(keys: readonly string[], path: FieldPath): FieldError[] {
  return keys.flatMap((key, position) => [
    ...(key ? [] : [faults.required(path)]),
    ...(keys.indexOf(key) < position ? [faults.duplicate(path, key)] : []),
    ...qualified(key, path),
  ]);
}

/** Drivers come and go; one that is there does not change. */
function validateDriversUpdate(next: CSINode, old: CSINode): FieldError[] {
  return (old.spec.drivers ?? []).flatMap((driver) =>
    (next.spec.drivers ?? [])
      .filter((other) => other.name === driver.name && !deepEqual(other, driver))
      .map((other) => faults.invalid(new FieldPath('CSINodeDriver'), other, 'field is immutable')),
  );
}
