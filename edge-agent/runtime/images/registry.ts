// A registry as the OCI distribution specification describes it: manifests and blobs of one repository, with the
// credentials that we have, each in turn, and as nobody at last.

import { isLoopback } from '../../../shared/base/index.ts';
import type { ImageCredentials } from '../runtime.ts';
import { FinalFailure } from './final-failure.ts';
import { type HttpAnswer, httpGet, readBody } from './http-get.ts';

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];
/** The specification asks registries to take manifests of 4 MiB at least. */
const largestManifest = 4 * 1024 * 1024;

export class Registry {
  private readonly base: URL;
  private readonly repository: string;
  private readonly identities: (ImageCredentials | undefined)[];
  private readonly signal: AbortSignal;
  private authorization: string | undefined;

  constructor(
    registry: string,
    repository: string,
    credentials: readonly ImageCredentials[],
    signal: AbortSignal,
  ) {
    const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
    const { hostname } = new URL(`https://${host}`);
    this.base = new URL(`${isLoopback(hostname) ? 'http' : 'https'}://${host}/`);
    this.repository = repository;
    this.signal = signal;
    this.identities = [...credentials, undefined];
  }

  /** `reference`: a tag or a digest. */
  async manifest(reference: string): Promise<Buffer> {
    const accept = manifestTypes.join(', ');
    return readBody(await this.get(`manifests/${reference}`, { accept }), largestManifest);
  }

  /** From byte `from` on; its status is 206, or 200 where the registry gives only all of it. */
  blob(digest: string, from: number): Promise<HttpAnswer> {
    return this.get(`blobs/${digest}`, from > 0 ? { range: `bytes=${from}-` } : {});
  }

  private async get(path: string, headers: Record<string, string>): Promise<HttpAnswer> {
    const url = new URL(`v2/${this.repository}/${path}`, this.base);
    const send = () =>
      httpGet(
        url,
        { ...headers, ...(this.authorization && { authorization: this.authorization }) },
        this.signal,
      );
    let answer = await send();
    // An identity that was good for one request is kept for the next.
    while (answer.status === 401 || answer.status === 403) {
      answer.body.destroy();
      if (this.identities.length === 0) break;
      this.authorization = await this.authorize(answer, this.identities.shift());
      answer = await send();
    }
    if (answer.status === 200 || answer.status === 206 || answer.status === 416) return answer;
    const said = answer.body.destroyed ? '' : await saying(answer);
    throw this.refusal(answer.status, path, said);
  }

  /** What to send to be known as `identity`; undefined: nobody in particular. */
  private async authorize(
    { headers }: HttpAnswer,
    identity: ImageCredentials | undefined,
  ): Promise<string | undefined> {
    const challenge = headers['www-authenticate'] ?? '';
    const basic = identity && basicOf(identity);
    if (!/^bearer /i.test(challenge)) return basic;
    const { realm, service, scope } = Object.fromEntries(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
    );
    if (realm === undefined || !URL.canParse(realm)) return basic;
    const url = new URL(realm);
    if (service) url.searchParams.set('service', service);
    url.searchParams.set('scope', scope ?? `repository:${this.repository}:pull`);
    const answer = await httpGet(url, basic ? { authorization: basic } : {}, this.signal);
    const text = (await readBody(answer, largestManifest)).toString();
    if (answer.status !== 200) return undefined;
    const { token, access_token } = JSON.parse(text) as { token?: string; access_token?: string };
    return `Bearer ${token ?? access_token ?? ''}`;
  }

  private refusal(status: number, path: string, said: string): Error {
    const what = `${this.base.host}/${this.repository} ${path}`;
    if (status === 404) return new FinalFailure(`${what}: not found`);
    if (status === 401 || status === 403) {
      const why = 'pull access denied, repository does not exist or may require authorization';
      return new FinalFailure(`${what}: ${why}`);
    }
    return new Error(`${what}: the registry answers ${status}${said && `: ${said}`}`);
  }
}

function basicOf({ username, password }: ImageCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

async function saying(answer: HttpAnswer): Promise<string> {
  const text = (await readBody(answer, 64 * 1024).catch(() => Buffer.alloc(0))).toString();
  return /"message":\s*"([^"]*)"/.exec(text)?.[1] ?? '';
}
