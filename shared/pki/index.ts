// Certificates and join tokens.

import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { CertificateMaker } from './certificate-maker.ts';
import type { KeyPair, Tasks } from './certificate-tasks.ts';

export type {
  IssueOptions,
  KeyPair,
  RequestFacts,
  SigningOptions,
  Subject,
  Usage,
} from './certificate-tasks.ts';
export * from './join-token.ts';

/** The common name of the certificate that a hub shows to other API servers; nobody else gets one of that name. */
export const frontProxyName = 'front-proxy-client';

/** One for the process: what is asked for in one go, from wherever, shares its worker. */
const maker = new CertificateMaker();

/** Runs one of certificate-tasks.ts: `authority`, `issue`, `request`, `inspect` or `sign`. Rejects with the task's error. */
export function certificateTask<N extends keyof Tasks>(
  name: N,
  task: Parameters<Tasks[N]>[0],
): ReturnType<Tasks[N]> {
  return maker.run(name, task);
}

/** SHA-256 of a certificate's DER, lower-case hex: what a join token carries of the CA. */
export function fingerprint(certificatePem: string): string {
  return createHash('sha256').update(new X509Certificate(certificatePem).raw).digest('hex');
}

/** Whether they are a certificate and its key at all: a file may be damaged. */
export function isPair({ certificate, key }: KeyPair): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
