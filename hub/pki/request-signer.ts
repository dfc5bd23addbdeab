// Signs what the certificate-signing controller has found good, for as long as was asked for
// (k8s.io/kubernetes/pkg/controller/certificates/signer).

import type { Clock } from '../../shared/base/index.ts';
import type { RequestFacts } from '../../shared/pki/index.ts';
import type { CertificateAuthority } from './certificate-authority.ts';

const longest = 365 * 86_400_000;
const shortest = 600_000;
/** For clients whose clocks are late. */
const backdate = 300_000;
/** What is to last less than this lasts as long as was asked for in spite of that. */
const short = 8 * 3_600_000;

/** Boards without a clock battery boot in 1970 and must still be able to check a node's certificate. */
const always = new Date(0);

export interface AskedCertificate {
  signerName: string;
  usages?: readonly string[];
  expirationSeconds?: number;
}

/** `sign` gives what was asked for; it must have been checked. */
export function requestSigner(authority: CertificateAuthority, clock: Clock) {
  return {
    inspect: (request: string): Promise<RequestFacts> => authority.inspect(request),
    sign(request: string, { signerName, usages = [], expirationSeconds }: AskedCertificate): Promise<string> {
      const now = clock.now();
      const asked = expirationSeconds === undefined ? longest : expirationSeconds * 1000;
      const lifetime = Math.min(longest, Math.max(shortest, asked));
      const isPersons = signerName === 'kubernetes.io/kube-apiserver-client';
      return authority.sign(request, {
        usages,
        notBefore: isPersons ? new Date(now - backdate) : always,
        notAfter: new Date(now + lifetime - (lifetime < short ? 0 : backdate)),
      });
    },
  };
}
