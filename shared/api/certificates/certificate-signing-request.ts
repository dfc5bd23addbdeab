// The Kind CertificateSigningRequest: somebody asks a signer for a certificate; somebody else approves or denies it.

export type { CertificateSigningRequest } from 'kubernetes-types/certificates/v1';

import type { CertificateSigningRequest } from 'kubernetes-types/certificates/v1';
import { humanDuration, type Live } from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';
import { validateRequest, validateRequestUpdate } from './request-validation.ts';

type Condition = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>[number];

export const strategy: Strategy<CertificateSigningRequest> = {
  schema: 'io.k8s.api.certificates.v1.CertificateSigningRequest',
  nameRule: 'path-segment',
  default(request) {
    request.status ??= {};
  },
  prepareForCreate(request) {
    request.status = {};
  },
  prepareForUpdate: keepSpec,
  prepareForStatusUpdate(next, old, now) {
    keepSpec(next, old);
    if (next.status?.conditions) next.status.conditions = timed(next.status.conditions, old, now);
  },
  validate: validateRequest,
  validateStatusUpdate: validateRequestUpdate,
  fields: { 'spec.signerName': (request) => request.spec.signerName },
  columns: [
    nameColumn(),
    ageColumn(),
    textColumn(
      'SignerName',
      'signerName indicates the requested signer, and is a qualified name.',
      (request) => request.spec.signerName || '<none>',
    ),
    textColumn(
      'Requestor',
      'username contains the name of the user that created the CertificateSigningRequest. Populated by the API server on creation and immutable.',
      (request) => request.spec.username ?? '',
    ),
    textColumn(
      'RequestedDuration',
      'expirationSeconds is the requested duration of validity of the issued certificate. The certificate signer may issue a certificate with a different validity duration so a client must check the delta between the notBefore and and notAfter fields in the issued certificate to determine the actual duration.',
      ({ spec: { expirationSeconds: seconds } }) =>
        seconds === undefined ? '<none>' : humanDuration(seconds * 1000),
    ),
    textColumn(
      'Condition',
      'Conditions applied to the request, such as approval or denial.',
      formatCondition,
    ),
  ],
};

/** What was asked for does not change: who approved it, approved that. */
function keepSpec(next: CertificateSigningRequest, old: Live<CertificateSigningRequest>): void {
  next.spec = old.spec;
}

/** Conditions that come without times get them; what was said before has been so since then. */
function timed(
  conditions: readonly Condition[],
  { status }: CertificateSigningRequest,
  now: string,
): Condition[] {
  return conditions.map((condition) => {
    const before = status?.conditions?.find(
      ({ type, status }) => type === condition.type && status === condition.status,
    );
    return {
      ...condition,
      lastUpdateTime: condition.lastUpdateTime || now,
      lastTransitionTime: condition.lastTransitionTime || before?.lastTransitionTime || now,
    };
  });
}

function formatCondition({ status }: CertificateSigningRequest): string {
  const has = (type: string) => (status?.conditions ?? []).some((condition) => condition.type === type);
  const words = [has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending'];
  if (has('Failed')) words.push('Failed');
  if (status?.certificate) words.push('Issued');
  return words.join(',');
}
