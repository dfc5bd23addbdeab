// Fetches one file over links that break: what is there already is kept, over a restart of the agent too, and only the
// rest is asked for.

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { backoffDelay, type Clock } from '../../../shared/base/index.ts';
import type { DiskRoom } from './disk-room.ts';
import { FinalFailure } from './final-failure.ts';
import type { HttpAnswer } from './http-get.ts';
import { linkFailure } from './link-failure.ts';

export interface DownloadRequest {
  /** Where it grows. */
  path: string;
  /** Asks for what comes after byte `from`; `validator`: of the version that those bytes are of. */
  open(from: number, validator: string | undefined): Promise<HttpAnswer>;
  /** What it must be. Absent: whatever comes. */
  digest?: string;
  clock: Clock;
  room: DiskRoom;
  /** Stops it; what came is kept. */
  signal: AbortSignal;
  /** Bytes that came just now. */
  received(bytes: number): void;
}

/** How often in a row nothing may come before that is given up. */
const mostFailures = 4;

/** Answers the digest of what is at `path` then. Throws when it is not what it must be, and keeps nothing of it. */
export async function download(request: DownloadRequest): Promise<string> {
  const { path, clock, signal } = request;
  for (let failures = 0; ; ) {
    const before = await sizeOf(path);
    try {
      await fetchRest(request, before);
      break;
    } catch (error) {
      if (error instanceof FinalFailure || isFull(error) || signal.aborted) throw error;
      failures = (await sizeOf(path)) > before ? 1 : failures + 1;
      if (failures >= mostFailures) throw error;
      await clock.sleep(backoffDelay(failures - 1, { base: 250, max: 5_000 }), signal);
    }
  }
  const digest = await digestOf(path);
  if (request.digest === undefined || request.digest === digest) return digest;
  await removeDownload(path);
  throw new Error(
    `what was fetched is not what was asked for: it has digest ${digest}, not ${request.digest}`,
  );
}

export async function removeDownload(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(validatorPath(path), { force: true });
}

export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

/** Names one version of what is behind an address. */
export function validatorOf({ headers }: HttpAnswer): string | undefined {
  const { etag, 'last-modified': lastModified } = headers;
  return etag !== undefined && !etag.startsWith('W/') ? etag : lastModified;
}

const validatorPath = (path: string) => `${path}.version`;

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

const isFull = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOSPC';

async function fetchRest(
  { path, open, digest, room, received }: DownloadRequest,
  have: number,
): Promise<void> {
  const validator = await readFile(validatorPath(path), 'utf8').catch(() => undefined);
  // Bytes of which nobody knows the version are worth nothing, unless the digest will tell.
  const from = validator !== undefined || digest !== undefined ? have : 0;
  const answer = await open(from, validator);
  if (answer.status === 416) {
    answer.body.destroy();
    const whole = Number(/\/(\d+)$/.exec(answer.headers['content-range'] ?? '')?.[1] ?? -1);
    if (whole === from) return;
    await removeDownload(path);
    throw new Error('the other end has less than what we have of it');
  }
  const start = answer.status === 206 ? from : 0;
  if (start < have) await truncate(path, start);
  const version = validatorOf(answer);
  if (version !== undefined) await writeFile(validatorPath(path), version);
  const length = Number(answer.headers['content-length'] ?? 0);
  await room.check(length);
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      received(chunk.length);
      room.take(chunk.length).then(() => done(null, chunk), done);
    },
  });
  await pipeline(
    answer.body,
    counted,
    createWriteStream(path, { flags: start > 0 ? 'r+' : 'w', start, mode: 0o600 }),
  ).catch((error: unknown) => {
    throw linkFailure(answer.host, error);
  });
}
