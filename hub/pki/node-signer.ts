// Signs what the certificate-signing controller has found good.

import type { RequestFacts } from '../../shared/pki/index.ts';
import type { CertificateAuthority } from './certificate-authority.ts';

/** As long as upstream's kubelet certificates. */
const nodeCertificateDays = 365;

/** `sign` gives the subject that was asked for, as a client certificate; it must have been checked. */
export function nodeSigner(authority: CertificateAuthority) {
  return {
    inspect: (request: string): Promise<RequestFacts> => authority.inspect(request),
    sign: (request: string, { subject }: Pick<RequestFacts, 'subject'>): Promise<string> =>
      authority.sign(request, { subject, usages: ['client'], days: nodeCertificateDays }),
  };
}
