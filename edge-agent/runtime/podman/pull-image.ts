// One pull over podman's API, with its progress in bytes, and why it failed in the kubelet's words.

import type { IncomingMessage } from 'node:http';
import { type Clock, messageOf } from '../../../shared/base/index.ts';
import { type ImageCredentials, RuntimeFailure } from '../runtime.ts';
import type { PullRun } from '../shared-pulls.ts';
import { field, number, text } from './answers.ts';
import type { PartialPulls } from './partial-pulls.ts';
import { isRedirected } from './plan-pull.ts';
import { type PodmanApi, PodmanError } from './podman-api.ts';

interface Pull extends PullRun {
  api: PodmanApi;
  parts: PartialPulls;
  clock: Clock;
  /** In full. */
  image: string;
  /** Each is tried in turn, nobody last. */
  credentials: readonly ImageCredentials[];
}

/** A registry that says nothing for so long has gone; what was fetched of whole layers is kept for the next try. */
const silenceMs = 120_000;
const refused = /unauthorized|authentication required|denied|\b40[13] /i;
const unreachable =
  /connection refused|no such host|i\/o timeout|network is unreachable|no route to host|TLS handshake timeout|connection reset|context deadline exceeded|server misbehaving|EOF|received unexpected HTTP status: 5\d\d|Service Unavailable|Bad Gateway|ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|socket hang up|the registry answers 5\d\d/i;

/** The link broke in the middle. */
const cut = /unexpected EOF|connection reset|broken pipe|sent nothing for/i;

/** Throws RuntimeFailure (ErrImagePull, RegistryUnavailable). */
export async function pullImage(pull: Pull): Promise<void> {
  const { image, parts } = pull;
  let said = parts.has(image) && (await mayComeInParts(pull)) ? '' : await pullByPodman(pull);
  if (said === undefined) return;
  if (!pull.signal.aborted && (said === '' || (cut.test(said) && (await mayComeInParts(pull))))) {
    const failure = await parts.pull(pull).then(() => undefined, messageOf);
    if (failure === undefined) return;
    said ||= failure;
  }
  throw new RuntimeFailure(unreachable.test(said) ? 'RegistryUnavailable' : 'ErrImagePull', said);
}

/** What a mirror has in its place is podman's to fetch. Asked each time: the file may have been changed. */
async function mayComeInParts({ api, image }: Pull): Promise<boolean> {
  const info = await api.call({ method: 'GET', path: '/libpod/info' });
  return !isRedirected(image, field(info, 'registries'));
}

/** Why it failed; undefined: it did not. */
async function pullByPodman(pull: Pull): Promise<string | undefined> {
  const tries = [...pull.credentials, undefined];
  let failure = '';
  for (const credentials of tries) {
    const said = await attempt(pull, credentials);
    if (said === undefined) return undefined;
    failure ||= said;
    if (!refused.test(said)) return said;
  }
  return failure;
}

/** What went wrong; undefined: nothing. */
async function attempt(pull: Pull, credentials: ImageCredentials | undefined): Promise<string | undefined> {
  const { api, image, clock, signal } = pull;
  const silence = new AbortController();
  const progress = new PullProgress(clock, pull.progress, () => silence.abort());
  try {
    // The docker-compatible path: unlike podman's own it tells bytes.
    return await api.stream(
      {
        method: 'POST',
        path: '/images/create',
        query: { fromImage: image },
        ...(credentials && { headers: { 'x-registry-auth': encoded(credentials) } }),
        signal: AbortSignal.any([silence.signal, signal]),
      },
      (body) => readPull(body, progress),
    );
  } catch (error) {
    if (silence.signal.aborted) return `i/o timeout: the registry sent nothing for ${silenceMs / 1000} s`;
    if (signal.aborted || error instanceof PodmanError) return messageOf(error);
    throw error;
  } finally {
    progress.end();
  }
}

/** podman takes base64 for URLs only with its padding. */
const encoded = ({ username, password }: ImageCredentials) =>
  Buffer.from(JSON.stringify({ username, password }))
    .toString('base64')
    .replaceAll('+', '-')
    .replaceAll('/', '_');

async function readPull(body: IncomingMessage, progress: PullProgress): Promise<string | undefined> {
  let rest = '';
  let failure: string | undefined;
  body.setEncoding('utf8');
  for await (const chunk of body) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) failure ??= progress.heard(line);
  }
  return failure ?? progress.heard(rest);
}

/** Adds up the layers, and notices silence. */
class PullProgress {
  private readonly clock: Clock;
  private readonly progress: PullRun['progress'];
  private readonly silent: () => void;
  private readonly layers = new Map<string, { done: number; total: number }>();
  private timer: ReturnType<Clock['after']>;

  constructor(clock: Clock, progress: PullRun['progress'], silent: () => void) {
    this.clock = clock;
    this.progress = progress;
    this.silent = silent;
    this.timer = clock.after(silenceMs, silent);
  }

  /** A line of podman's answer; returns the error in it. */
  heard(line: string): string | undefined {
    if (line.trim() === '') return undefined;
    this.timer.cancel();
    this.timer = this.clock.after(silenceMs, this.silent);
    const message = parsed(line);
    const error = text(message, 'error');
    if (error !== '') return error;
    const detail = field(message, 'progressDetail');
    const [id, done, total] = [text(message, 'id'), number(detail, 'current'), number(detail, 'total')];
    const known = this.layers.get(id);
    if (total > 0) this.layers.set(id, { done: Math.min(done, total), total });
    else if (known && /complete/i.test(text(message, 'status'))) known.done = known.total;
    this.tell();
    return undefined;
  }

  end(): void {
    this.timer.cancel();
  }

  private tell(): void {
    if (this.layers.size === 0) return;
    const layers = [...this.layers.values()];
    const sum = (of: 'done' | 'total') => layers.reduce((all, layer) => all + layer[of], 0);
    this.progress(sum('done'), sum('total'));
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // no message
  }
}
