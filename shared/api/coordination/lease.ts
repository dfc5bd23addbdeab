// The Kind Lease: who holds something, and until when. A node's heartbeat is one.

export type { Lease } from 'kubernetes-types/coordination/v1';

import type { Lease } from 'kubernetes-types/coordination/v1';
import { type FieldError, FieldPath, faults } from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<Lease> = {
  schema: 'io.k8s.api.coordination.v1.Lease',
  createOnUpdate: true,
  needsRevision: true,
  default(lease) {
    lease.spec ??= {};
  },
  prepareForCreate: dropUnserved,
  prepareForUpdate: dropUnserved,
  validate: validateLease,
  columns: [
    nameColumn(),
    textColumn(
      'Holder',
      'holderIdentity contains the identity of the holder of a current lease. If Coordinated Leader Election is used, the holder identity must be equal to the elected LeaseCandidate.metadata.name field.',
      (lease) => lease.spec?.holderIdentity ?? '',
    ),
    ageColumn(),
  ],
};

function validateLease({ spec = {} }: Lease): FieldError[] {
  const path = new FieldPath('spec');
  const { leaseDurationSeconds: seconds, leaseTransitions: transitions } = spec;
  const found: FieldError[] = [];
  if (seconds !== undefined && seconds <= 0)
    found.push(faults.invalid(path.child('leaseDurationSeconds'), seconds, 'must be greater than 0'));
  if (transitions !== undefined && transitions < 0) {
    const detail = 'must be greater than or equal to 0';
    found.push(faults.invalid(path.child('leaseTransitions'), transitions, detail));
  }
  return found;
}

/** Behind the feature gate CoordinatedLeaderElection, which is off in v1.32. */
function dropUnserved({ spec = {} }: Lease): void {
  for (const field of ['strategy', 'preferredHolder']) Reflect.deleteProperty(spec, field);
}
