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

/** The key usages that a request may ask for, by their names in certificates.k8s.io. */
const keyUsages: Readonly<Record<string, x509.KeyUsageFlags>> = {
  signing: x509.KeyUsageFlags.digitalSignature,
  'digital signature': x509.KeyUsageFlags.digitalSignature,
  'key encipherment': x509.KeyUsageFlags.keyEncipherment,
};
const extendedKeyUsages: Readonly<Record<string, x509.ExtendedKeyUsage>> = {
  'client auth': x509.ExtendedKeyUsage.clientAuth,
  'server auth': x509.ExtendedKeyUsage.serverAuth,
};

export interface SigningOptions {
  /** As in certificates.k8s.io; the signer has looked at them. */
  usages: readonly string[];
  notBefore: Date;
  notAfter: Date;
}

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

interface Content {
  subject: string | x509.JsonName;
  publicKey: x509.PublicKeyType;
  names: x509.JsonGeneralNames;
  usage: number;
  extendedUsages: x509.ExtendedKeyUsage[];
  notBefore: Date;
  notAfter: Date;
}

async function certify(ca: KeyPair, content: Content): Promise<string> {
  const issuer = new x509.X509Certificate(ca.certificate);
  const { subject, publicKey, names, usage, extendedUsages, ...validity } = content;
  const certificate = await x509.X509CertificateGenerator.create({
    ...{ serialNumber: serialNumber(), subject, issuer: issuer.subject, publicKey, ...validity },
    signingAlgorithm: algorithm,
    signingKey: await signingKey(ca.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      // One that allows nothing would make the certificate good for nothing.
      ...(usage === 0 ? [] : [new x509.KeyUsagesExtension(usage, true)]),
      new x509.ExtendedKeyUsageExtension(extendedUsages),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return certificate.toString('pem');
}

function contentOf(options: IssueOptions, publicKey: x509.PublicKeyType): Content {
  return {
    subject: nameOf(options.subject),
    publicKey,
    names: [
      ...(options.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
      ...(options.addresses ?? []).map((value) => ({ type: 'ip' as const, value })),
    ],
    usage: x509.KeyUsageFlags.digitalSignature,
    extendedUsages: options.usages.map((usage) =>
      usage === 'client' ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth,
    ),
    notBefore,
    notAfter: daysFromNow(options.days),
  };
}

/** A certificate with a key of its own. */
async function issue(task: { ca: KeyPair; options: IssueOptions }): Promise<KeyPair> {
  const keys = await newKeys();
  const certificate = await certify(task.ca, contentOf(task.options, keys.publicKey));
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
  emails: string[];
  uris: string[];
  /** The request was signed with the key that it carries. */
  signatureValid: boolean;
}

/** What a request asks for; throws when it is no PKCS#10 request. */
async function inspect(task: { request: string }): Promise<RequestFacts> {
  const csr = new x509.Pkcs10CertificateRequest(task.request);
  const alternative = alternativeNames(csr);
  const named = (kind: string) => alternative.filter(({ type }) => type === kind).map(({ value }) => value);
  return {
    subject: {
      commonName: csr.subjectName.getField('CN')[0] ?? '',
      organizations: csr.subjectName.getField('O'),
    },
    dnsNames: named('dns'),
    addresses: named('ip'),
    emails: named('email'),
    uris: named('url'),
    signatureValid: await csr.verify(),
  };
}

function alternativeNames(csr: x509.Pkcs10CertificateRequest): x509.JsonGeneralNames {
  return csr.extensions
    .filter((extension) => extension instanceof x509.SubjectAlternativeNameExtension)
    .flatMap((extension) => extension.names.toJSON());
}

/** Certifies the key of a request for its subject and names; usages and validity are the signer's to say. */
async function sign(task: { ca: KeyPair; request: string; options: SigningOptions }): Promise<string> {
  const csr = new x509.Pkcs10CertificateRequest(task.request);
  const { usages, ...validity } = task.options;
  const authority = new x509.X509Certificate(task.ca.certificate);
  return certify(task.ca, {
    subject: csr.subjectName.toJSON(),
    publicKey: csr.publicKey,
    names: alternativeNames(csr),
    usage: usages.reduce<number>((all, usage) => all | (keyUsages[usage] ?? 0), 0),
    extendedUsages: usages.flatMap((usage) => extendedKeyUsages[usage] ?? []),
    notBefore: validity.notBefore,
    notAfter: validity.notAfter < authority.notAfter ? validity.notAfter : authority.notAfter,
  });
}

export const tasks = { authority, issue, request, inspect, sign };
export type Tasks = typeof tasks;
