// Whether what a PEM block holds is a certificate.

import { X509Certificate } from 'node:crypto';

/** `content` is DER in base64. */
export function isCertificate(content: string): boolean {
  try {
    return new X509Certificate(Buffer.from(content, 'base64')).raw.length > 0;
  } catch {
    return false;
  }
}
