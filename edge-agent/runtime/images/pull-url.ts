// Gets an archive from a web server: asks whether it changed, and for the rest of what is there in part.

import { download, validatorOf } from './download.ts';
import { FinalFailure } from './final-failure.ts';
import { type HttpAnswer, httpGet } from './http-get.ts';
import type { ImageSource } from './image-reference.ts';
import { digestOfBytes } from './oci-manifest.ts';
import { openArchive } from './open-archive.ts';
import { type Pull, type Pulled, unchanged } from './pull.ts';

type Source = Extract<ImageSource, { kind: 'url' }>;

class Unchanged extends FinalFailure {}

export function pullUrl(pull: Pull, source: Source): Promise<Pulled | typeof unchanged> {
  const file = digestOfBytes(Buffer.from(source.url.href)).slice('sha256:'.length);
  return pull.downloads.having([file], pull.signal, () => fetchArchive(pull, source, file));
}

async function fetchArchive(pull: Pull, source: Source, file: string): Promise<Pulled | typeof unchanged> {
  const { url, name, digest } = source;
  const path = pull.downloads.pathOf(file);
  let version: string | undefined;
  let done = 0;
  let total: number | undefined;
  const open = async (from: number, validator: string | undefined) => {
    const answer = accepted(
      source,
      await httpGet(
        url,
        { ...headersFor(from, validator, pull.haveVersion), ...identityFor(url, pull.credentials) },
        pull.signal,
      ),
    );
    version = validatorOf(answer);
    done = answer.status === 206 ? from : 0;
    const length = answer.headers['content-length'];
    total = length === undefined ? undefined : done + Number(length);
    return answer;
  };
  const received = (bytes: number) => {
    done += bytes;
    pull.progress(done, total);
  };
  try {
    const { clock, room, signal } = pull;
    const found = await download({ path, open, clock, room, signal, received, ...(digest && { digest }) });
    const pulled = await openArchive(pull, path, found, name);
    await pull.downloads.drop(file);
    return { ...pulled, ...(version !== undefined && { version }) };
  } catch (error) {
    if (error instanceof Unchanged) return unchanged;
    throw error;
  }
}

function accepted({ name }: Source, answer: HttpAnswer): HttpAnswer {
  const { status, body } = answer;
  if ([200, 206, 416].includes(status)) return answer;
  body.destroy();
  if (status === 304) throw new Unchanged();
  const said = `${name}: the server answers ${status} ${body.statusMessage ?? ''}`.trim();
  throw status >= 500 || status === 429 ? new Error(said) : new FinalFailure(said);
}

function headersFor(
  from: number,
  validator: string | undefined,
  have: string | undefined,
): Record<string, string> {
  return {
    ...(from > 0 && { range: `bytes=${from}-`, ...(validator && { 'if-range': validator }) }),
    ...(from === 0 && have && { [have.startsWith('"') ? 'if-none-match' : 'if-modified-since']: have }),
  };
}

/** As the address itself says, or the first pull secret that is for it. */
function identityFor(url: URL, credentials: Pull['credentials']): Record<string, string> {
  const own = url.username && {
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
  const identity = own || credentials[0];
  if (!identity) return {};
  const text = `${identity.username}:${identity.password}`;
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` };
}
