export type { CertificateSigningRequest } from 'kubernetes-types/certificates/v1';

import type { CertificateSigningRequest } from 'kubernetes-types/certificates/v1';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<CertificateSigningRequest> = {
  schema: 'io.k8s.api.certificates.v1.CertificateSigningRequest',
  columns: [],
};
