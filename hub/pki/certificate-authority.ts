// The cluster's own root of trust, made at the first start and kept in `<directory>/ca.crt` and `ca.key` (mode 600).

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere, UserError, writeFileDurably } from '../../shared/base/index.ts';
import {
  certificateTask,
  fingerprint,
  type IssueOptions,
  isPair,
  type KeyPair,
  type RequestFacts,
  type SigningOptions,
} from '../../shared/pki/index.ts';

const authorityDays = 3650;

export class CertificateAuthority {
  private readonly directory: string;
  private pair: KeyPair | undefined;

  constructor({ directory }: { directory: string }) {
    this.directory = directory;
  }

  /** Loads the authority, or makes one where there is none. */
  async start(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    this.pair = await this.load();
    if (this.pair) return;
    const pair = await certificateTask('authority', { commonName: 'kelp-ca', days: authorityDays });
    // The key first: a certificate without its key would be taken for a whole authority.
    await writeFileDurably(join(this.directory, 'ca.key'), pair.key, 0o600);
    await writeFileDurably(join(this.directory, 'ca.crt'), pair.certificate);
    this.pair = pair;
  }

  private async load(): Promise<KeyPair | undefined> {
    const certificate = await readIfThere(join(this.directory, 'ca.crt'));
    if (certificate === undefined) return undefined;
    const key = await readIfThere(join(this.directory, 'ca.key'));
    if (key === undefined)
      throw new UserError(`${this.directory}/ca.key is missing beside ca.crt: put it back from a backup`);
    if (!isPair({ certificate, key }))
      throw new UserError(
        `${this.directory}: ca.crt and ca.key are no certificate and its key: put both back from a backup`,
      );
    return { certificate, key };
  }

  /** PEM. */
  get certificate(): string {
    return this.started.certificate;
  }

  /** What join tokens carry. */
  get fingerprint(): string {
    return fingerprint(this.certificate);
  }

  issue(options: IssueOptions): Promise<KeyPair> {
    return certificateTask('issue', { ca: this.started, options });
  }

  /** What a certificate request asks for; rejects when it is none. */
  inspect(request: string): Promise<RequestFacts> {
    return certificateTask('inspect', { request });
  }

  /** The certificate for a request's key, PEM. */
  sign(request: string, options: SigningOptions): Promise<string> {
    return certificateTask('sign', { ca: this.started, request, options });
  }

  private get started(): KeyPair {
    if (!this.pair) throw new Error('the certificate authority has not been started');
    return this.pair;
  }
}
