// The certificates that the hub itself needs: one for its two doors, one for the administrator. Kept on disk, made again
// when they run out or when the machine has got a new name or address.

import { X509Certificate } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { type Clock, readIfThere, writeFileDurably } from '../../shared/base/index.ts';
import { frontProxyName, type IssueOptions, isPair, type KeyPair } from '../../shared/pki/index.ts';
import type { CertificateAuthority } from './certificate-authority.ts';

const serverDays = 365;
const adminDays = 3650;
/** A certificate with less than this left is replaced at start. */
const renewBeforeMs = 30 * 86_400_000;

export interface HubCertificatesOptions {
  directory: string;
  authority: CertificateAuthority;
  clock: Clock;
}

/** Names and addresses by which somebody may call this hub. */
export function namesOfThisHub(extra: readonly string[]): { dnsNames: string[]; addresses: string[] } {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const isAddress = (text: string) => /^[0-9.]+$|:/.test(text);
  const asked = extra.filter((name) => !['0.0.0.0', '::'].includes(name));
  return {
    dnsNames: [
      ...new Set([
        'localhost',
        hostname(),
        `${hostname()}.local`,
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        'kubernetes.default.svc.cluster.local',
        ...asked.filter((name) => !isAddress(name)),
      ]),
    ],
    addresses: [
      ...new Set([
        '127.0.0.1',
        '::1',
        ...own.filter(({ scopeid }) => !scopeid).map(({ address }) => address),
        ...asked.filter(isAddress),
      ]),
    ],
  };
}

export class HubCertificates {
  private readonly options: HubCertificatesOptions;

  constructor(options: HubCertificatesOptions) {
    this.options = options;
  }

  /** For both doors. `names`: further names and addresses that it must be good for. */
  async server(names: readonly string[]): Promise<KeyPair> {
    const wanted = namesOfThisHub(names);
    return this.keep('server', {
      subject: { commonName: 'kelp-hub', organizations: [] },
      usages: ['server'],
      days: serverDays,
      ...wanted,
    });
  }

  /** `kubernetes-admin` of group `system:masters`: everything is allowed to it. */
  admin(): Promise<KeyPair> {
    return this.keep('admin', {
      subject: { commonName: 'kubernetes-admin', organizations: ['system:masters'] },
      usages: ['client'],
      days: adminDays,
    });
  }

  /** By which other hubs know this one. */
  hub(id: string): Promise<KeyPair> {
    return this.keep('hub', {
      subject: { commonName: `system:kelp-hub:${id}`, organizations: ['system:kelp-hubs'] },
      usages: ['client'],
      days: serverDays,
    });
  }

  /** By which other API servers know this one. */
  frontProxy(): Promise<KeyPair> {
    return this.keep('front-proxy-client', {
      subject: { commonName: frontProxyName, organizations: [] },
      usages: ['client'],
      days: serverDays,
    });
  }

  private async keep(name: string, options: IssueOptions): Promise<KeyPair> {
    const { directory, authority } = this.options;
    const certificatePath = join(directory, `${name}.crt`);
    const keyPath = join(directory, `${name}.key`);
    const [certificate, key] = await Promise.all([readIfThere(certificatePath), readIfThere(keyPath)]);
    if (certificate && key && this.isGood({ certificate, key }, options)) return { certificate, key };
    const pair = await authority.issue(options);
    await writeFileDurably(keyPath, pair.key, 0o600);
    await writeFileDurably(certificatePath, pair.certificate);
    return pair;
  }

  private isGood(pair: KeyPair, options: IssueOptions): boolean {
    if (!isPair(pair)) return false;
    const certificate = new X509Certificate(pair.certificate);
    const lasts = Date.parse(certificate.validTo) - this.options.clock.now() > renewBeforeMs;
    const ours = certificate.verify(new X509Certificate(this.options.authority.certificate).publicKey);
    const named =
      (options.dnsNames ?? []).every((name) => certificate.checkHost(name) !== undefined) &&
      (options.addresses ?? []).every((address) => certificate.checkIP(address) !== undefined);
    return lasts && ours && named;
  }
}
