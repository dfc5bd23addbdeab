// What is wrong with a CertificateSigningRequest, as upstream's validation of certificates.k8s.io/v1 says it.

import type { CertificateSigningRequest } from 'kubernetes-types/certificates/v1';
import {
  dns1123Label,
  dns1123Subdomain,
  type FieldError,
  FieldPath,
  faults,
  type PemBlock,
  pemBlocks,
} from '../../machinery/index.ts';
import { isCertificate } from '../certificate-form.ts';

const usages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];
const legacySigner = 'kubernetes.io/legacy-unknown';
const shortestSeconds = 600;
const spec = new FieldPath('spec');
const status = new FieldPath('status');

export function validateRequest(request: CertificateSigningRequest): FieldError[] {
  const { request: pem = '', signerName = '', expirationSeconds } = request.spec ?? {};
  const found: FieldError[] = [];
  if (blocksOf(pem)[0]?.type !== 'CERTIFICATE REQUEST')
    found.push(faults.invalid(spec.child('request'), pem, 'PEM block type must be CERTIFICATE REQUEST'));
  found.push(...validateUsages(request.spec?.usages ?? [], spec.child('usages')));
  const signer = spec.child('signerName');
  if (signerName === legacySigner)
    found.push(
      faults.invalid(signer, signerName, 'the legacy signerName is not allowed via this API version'),
    );
  else found.push(...validateSignerName(signerName, signer));
  if (expirationSeconds !== undefined && expirationSeconds < shortestSeconds) {
    const detail = `may not specify a duration less than ${shortestSeconds} seconds (10 minutes)`;
    found.push(faults.invalid(spec.child('expirationSeconds'), expirationSeconds, detail));
  }
  return [...found, ...validateConditions(request), ...validateCertificate(request.status?.certificate)];
}

/** Decisions stay: what is Approved, Denied or Failed is so for good; an issued certificate is not replaced. */
export function validateRequestUpdate(
  next: CertificateSigningRequest,
  old: CertificateSigningRequest,
): FieldError[] {
  const path = status.child('conditions');
  const removed = (old.status?.conditions ?? [])
    .filter(({ type }) => ['Approved', 'Denied', 'Failed'].includes(type))
    .filter(({ type }) => !(next.status?.conditions ?? []).some((condition) => condition.type === type))
    .map(({ type }) =>
      faults.forbidden(path, `updates may not remove a condition of type ${JSON.stringify(type)}`),
    );
  const { certificate = '' } = old.status ?? {};
  const found = [...removed, ...validateConditions(next), ...validateCertificate(next.status?.certificate)];
  if (certificate && certificate !== next.status?.certificate)
    found.push(
      faults.forbidden(status.child('certificate'), 'updates may not modify existing certificate content'),
    );
  return found;
}

function validateUsages(sent: readonly string[], path: FieldPath): FieldError[] {
  if (sent.length === 0) return [faults.required(path, 'usages must be provided')];
  return sent.flatMap((usage, index) => [
    ...(usages.includes(usage) ? [] : [faults.notSupported(path.index(index), usage, usages)]),
    ...(sent.indexOf(usage) < index ? [faults.duplicate(path.index(index), usage)] : []),
  ]);
}

function validateSignerName(name: string, path: FieldPath): FieldError[] {
  if (!name) return [faults.required(path, 'signerName must be provided')];
  const segments = name.split('/');
  const [domain = '', rest = ''] = segments;
  if (segments.length !== 2) {
    const detail = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return [faults.invalid(path, name, detail)];
  }
  const found = domain.length > 253 ? [faults.tooLong(path, 253)] : [];
  const check = (part: string, rule: typeof dns1123Label) =>
    part
      .split('.')
      .flatMap((label) =>
        rule(label).map((text) =>
          faults.invalid(path, part, `validating label ${JSON.stringify(label)}: ${text}`),
        ),
      );
  found.push(...check(domain, dns1123Label));
  if (!domain.includes('.'))
    found.push(
      faults.invalid(path, domain, 'should be a domain with at least two segments separated by dots'),
    );
  found.push(...check(rest, dns1123Subdomain));
  return rest.length > 253 + 63 + 1 ? [...found, faults.tooLong(path, 253 + 63 + 1)] : found;
}

function validateConditions({ status: { conditions = [] } = {} }: CertificateSigningRequest): FieldError[] {
  return conditions.flatMap(({ type = '', status: state = '' }, index) => {
    const path = status.child('conditions').index(index);
    const earlier = conditions.slice(0, index).map((condition) => condition.type);
    const found: FieldError[] = [];
    if (!type) found.push(faults.required(path.child('type')));
    const decides = type === 'Approved' || type === 'Denied';
    const allowed = decides || type === 'Failed' ? ['True'] : ['False', 'True', 'Unknown'];
    if (!state) found.push(faults.required(path.child('status')));
    else if (!allowed.includes(state)) found.push(faults.notSupported(path.child('status'), state, allowed));
    if (decides && earlier.includes(type === 'Approved' ? 'Denied' : 'Approved'))
      found.push(
        faults.invalid(path.child('type'), type, 'Approved and Denied conditions are mutually exclusive'),
      );
    if (earlier.includes(type)) found.push(faults.duplicate(path.child('type'), type));
    return found;
  });
}

function blocksOf(base64: string): PemBlock[] {
  return pemBlocks(Buffer.from(base64, 'base64').toString('latin1'));
}

function validateCertificate(certificate: string | undefined): FieldError[] {
  const why = certificate ? certificateFault(blocksOf(certificate)) : undefined;
  if (why === undefined) return [];
  return [faults.invalid(status.child('certificate'), '<certificate data>', why)];
}

function certificateFault(blocks: readonly PemBlock[]): string | undefined {
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block';
  for (const { type, headers, content } of blocks) {
    if (type !== 'CERTIFICATE')
      return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (headers.length > 0) return 'no PEM block headers are permitted';
    if (!isCertificate(content)) return 'x509: malformed certificate';
  }
  return undefined;
}
