// What went wrong with a connection, in Go's words, as far as they can be known.

import { errorCode } from '../../shared/base/index.ts';
import { isRecord } from '../../shared/machinery/index.ts';

/** `name`: for whom the certificate has to be good. */
export function goWords(
  error: unknown,
  { host, port }: { host: string; port: number | string },
  name: string,
): string {
  if (!(error instanceof Error)) return String(error);
  switch (errorCode(error)) {
    case 'ECONNREFUSED':
      return `dial tcp ${host}:${port}: connect: connection refused`;
    case 'ENOTFOUND':
      return `dial tcp: lookup ${host}: no such host`;
    case 'ABORT_ERR':
      return 'context deadline exceeded';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `tls: failed to verify certificate: x509: ${validFor(error)}, not ${name}`;
    case 'ECONNRESET':
      return 'EOF';
    default:
      return error.name === 'TimeoutError' || error.name === 'AbortError'
        ? 'context deadline exceeded'
        : error.message;
  }
}

/** What a certificate is good for, of the error that it is not good for a name. */
function validFor(error: object): string {
  const certificate: unknown = 'cert' in error ? error.cert : undefined;
  const names =
    isRecord(certificate) && typeof certificate.subjectaltname === 'string'
      ? certificate.subjectaltname.replaceAll(/(DNS|IP Address):/g, '')
      : '';
  return `certificate is valid for ${names || 'no names'}`;
}
