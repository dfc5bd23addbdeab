// What is done with X.509, as plain tasks: data in, PEM out. Runs in a worker (see index.ts), which is why
// the library it needs costs memory only while a certificate is being made.

import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** ECDSA P-256: small, and known to every TLS stack that kubectl or a board may have. */
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

type CryptoKey = webcrypto.CryptoKey;
type CryptoKeyPair = webcrypto.CryptoKeyPair;

x509.cryptoProvider.set(webcrypto);

/** A certificate and the private key that belongs to it, both PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

export interface Subject {
  commonName: string;
  /** Kubernetes reads these as groups. */
  organizations: readonly string[];
}

export type Usage = 'client' | 'server';

export interface IssueOptions {
  subject: Subject;
  usages: readonly Usage[];
  /** Names and addresses that the certificate is good for. */
  dnsNames?: readonly string[];
  addresses?: readonly string[];
  days: number;
}

/** Boards without a clock battery boot in 1970 and must still be able to check a certificate. */
const notBefore = new Date(0);

function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * 86_400_000);
}

function nameOf({ commonName, organizations }: Subject): x509.JsonName {
  return [{ CN: [commonName] }, ...organizations.map((organization) => ({ O: [organization] }))];
}

function pemOfKey(der: ArrayBuffer): string {
  return x509.PemConverter.encode(der, 'PRIVATE KEY');
}

async function privateKeyPem(key: CryptoKey): Promise<string> {
  return pemOfKey(await webcrypto.subtle.exportKey('pkcs8', key));
}

async function signingKey(pem: string): Promise<CryptoKey> {
  const der = x509.PemConverter.decodeFirst(pem);
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']) as Promise<CryptoKey>;
}

function newKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<CryptoKeyPair>;
}

function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toString('hex');
}

/** A new root: self-signed, allowed to sign certificates. */
async function authority(task: { commonName: string; days: number }): Promise<KeyPair> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: nameOf({ commonName: task.commonName, organizations: ['kelp'] }),
    notBefore,
    notAfter: daysFromNow(task.days),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await privateKeyPem(keys.privateKey) };
}

async function certify(ca: KeyPair, publicKey: x509.PublicKeyType, options: IssueOptions): Promise<string> {
  const issuer = new x509.X509Certificate(ca.certificate);
  const usages = options.usages.map((usage) =>
    usage === 'client' ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth,
  );
  const names: x509.JsonGeneralNames = [
    ...(options.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(options.addresses ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: nameOf(options.subject),
    issuer: issuer.subject,
    notBefore,
    notAfter: daysFromNow(options.days),
    signingAlgorithm: algorithm,
    publicKey,
    signingKey: await signingKey(ca.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(usages),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return certificate.toString('pem');
}

/** A certificate with a key of its own. */
async function issue(task: { ca: KeyPair; options: IssueOptions }): Promise<KeyPair> {
  const keys = await newKeys();
  const certificate = await certify(task.ca, keys.publicKey, task.options);
  return { certificate, key: await privateKeyPem(keys.privateKey) };
}

/** A PKCS#10 request and the key that it was signed with; PEM. */
async function request(task: { subject: Subject }): Promise<{ request: string; key: string }> {
  const keys = await newKeys();
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name: nameOf(task.subject),
    keys,
    signingAlgorithm: algorithm,
  });
  return { request: csr.toString('pem'), key: await privateKeyPem(keys.privateKey) };
}

export interface RequestFacts {
  subject: Subject;
  dnsNames: string[];
  addresses: string[];
  /** The request was signed with the key that it carries. */
  signatureValid: boolean;
}

/** What a request asks for; throws when it is no PKCS#10 request. */
async function inspect(task: { request: string }): Promise<RequestFacts> {
  const csr = new x509.Pkcs10CertificateRequest(task.request);
  const alternative = csr.extensions
    .filter((extension) => extension instanceof x509.SubjectAlternativeNameExtension)
    .flatMap((extension) => extension.names.toJSON());
  return {
    subject: {
      commonName: csr.subjectName.getField('CN')[0] ?? '',
      organizations: csr.subjectName.getField('O'),
    },
    dnsNames: alternative.filter(({ type }) => type === 'dns').map(({ value }) => value),
    addresses: alternative.filter(({ type }) => type === 'ip').map(({ value }) => value),
    signatureValid: await csr.verify(),
  };
}

/** Certifies the key of a request; subject and usages are ours to say, not the request's. */
async function sign(task: { ca: KeyPair; request: string; options: IssueOptions }): Promise<string> {
  const csr = new x509.Pkcs10CertificateRequest(task.request);
  return certify(task.ca, csr.publicKey, task.options);
}

export const tasks = { authority, issue, request, inspect, sign };
export type Tasks = typeof tasks;
