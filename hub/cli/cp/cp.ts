// Copies through a tar at both ends, one of them run in the container.

import { spawn } from 'node:child_process';
import { cp as copyTree, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, posix, resolve } from 'node:path';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { UserError } from '../../../shared/base/index.ts';
import { isRecord } from '../../../shared/machinery/index.ts';
import { textAt } from '../json.ts';
import type { Session } from '../session.ts';
import { containerFor } from '../streams/choose-container.ts';
import { exitCodeOf } from '../streams/exit-code.ts';
import { runRemoteCommand } from '../streams/remote-command.ts';

export interface CopyFlags {
  container: string;
}

interface Remote {
  namespace: string;
  pod: string;
  path: string;
}

/** Into a folder that is there; else beside its place and then to it, so that a broken copy does not look whole. */
const unpack = `if [ -d "$1" ]; then exec tar xmf - -C "$1"; fi
t=$(mktemp -d "$(dirname -- "$1")/.kelp-cp-XXXXXX") && tar xmf - -C "$t" && mv -f -- "$t/$2" "$1"
code=$?
[ -z "$t" ] || rm -rf -- "$t"
exit $code`;

export async function cp(from: string, to: string, flags: CopyFlags, session: Session): Promise<void> {
  const source = remoteOf(from, session.namespace);
  const target = remoteOf(to, session.namespace);
  if (source && target) throw new UserError('one of src or dest must be a local file specification');
  if (target) await upload(from, target, flags, session);
  else if (source) await download(source, to, flags, session);
  else throw new UserError('one of src or dest must be a remote file specification: POD:PATH');
}

/** Undefined: a local path. Throws UserError for a remote one without a path. */
function remoteOf(text: string, namespace: string): Remote | undefined {
  const mark = text.indexOf(':');
  if (mark < 0 || /^[./]/.test(text)) return undefined;
  const [pod = '', inNamespace = namespace] = text.slice(0, mark).split('/').reverse();
  const path = text.slice(mark + 1);
  if (!path) throw new UserError(`${text}: the path in the container is missing`);
  return { namespace: inNamespace, pod, path };
}

async function upload(from: string, target: Remote, flags: CopyFlags, session: Session): Promise<void> {
  const path = resolve(from);
  await stat(path).catch(() => {
    throw new UserError(`${from} doesn't exist in local filesystem`);
  });
  const tar = spawn('tar', ['cf', '-', '-C', dirname(path), '--', basename(path)]);
  const said = text(tar.stderr);
  const ended = exitOf(tar);
  // Read at once: Node throws away what nobody has read of a program that has ended.
  const archive = tar.stdout.pipe(new PassThrough());
  const command = ['sh', '-c', unpack, 'kelp-cp', target.path, basename(path)];
  await run(target, command, { stdin: archive }, flags, session).finally(() => tar.kill());
  if ((await ended) !== 0) throw new UserError(`tar: ${(await said).trim()}`);
}

async function download(source: Remote, to: string, flags: CopyFlags, session: Session): Promise<void> {
  const wanted = resolve(to);
  const folder = await mkdtemp(join(dirname(wanted), '.kelp-cp-')).catch((cause: unknown) => {
    throw new UserError(`${to}: ${cause instanceof Error ? cause.message : cause}`);
  });
  try {
    const path = posix.normalize(source.path).replace(/(?<=.)\/$/, '');
    const tar = spawn('tar', ['xf', '-', '-C', folder, '--no-same-owner']);
    const said = text(tar.stderr);
    const ended = exitOf(tar);
    tar.stdin.on('error', () => tar.stdin.destroy());
    const command = ['tar', 'cf', '-', '-C', posix.dirname(path), '--', posix.basename(path)];
    await run(source, command, { stdout: tar.stdin }, flags, session).finally(() => tar.stdin.end());
    if ((await ended) !== 0) throw new UserError(`tar: ${(await said).trim()}`);
    await putInPlace(folder, wanted);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A folder's content goes into a folder that is there; a file goes into it under its own name. */
async function putInPlace(folder: string, wanted: string): Promise<void> {
  const [name] = await readdir(folder);
  if (name === undefined) throw new UserError('nothing was copied');
  const found = join(folder, name);
  const isFolder = (await stat(found).catch(() => undefined))?.isDirectory() ?? false;
  const thereIsFolder = (await stat(wanted).catch(() => undefined))?.isDirectory() ?? false;
  if (isFolder && thereIsFolder) await copyTree(found, wanted, { recursive: true, verbatimSymlinks: true });
  else await rename(found, thereIsFolder ? join(wanted, name) : wanted);
}

type Ends = { stdin?: Readable; stdout?: Writable };

/** Throws UserError with what the command said, when it failed. */
async function run(
  { namespace, pod: name }: Remote,
  command: readonly string[],
  ends: Ends,
  flags: CopyFlags,
  session: Session,
): Promise<void> {
  const base = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  const pod = await session.call(base);
  if (!isRecord(pod)) throw new UserError(`${name} is no pod`);
  const container = textAt(
    containerFor(pod, flags.container, (line) => session.tell(line)),
    'name',
  );
  const query = new URLSearchParams({ container, stderr: 'true', stdout: 'true' });
  for (const word of command) query.append('command', word);
  if (ends.stdin) query.set('stdin', 'true');
  const complaints = new PassThrough();
  const said = text(complaints);
  const status = await runRemoteCommand(session.api.access, {
    path: `${base}/exec?${query}`,
    ...ends,
    stderr: complaints,
    signal: session.terminal.interrupted,
  }).finally(() => complaints.end());
  const code = exitCodeOf(status);
  if (code === 0) return;
  const why = code === undefined ? (status.message ?? '') : (await said).trim();
  throw new UserError(why || `tar in the container ended with exit code ${code}`);
}

function exitOf(child: ReturnType<typeof spawn>): Promise<number> {
  return new Promise((done) => {
    child.once('error', () => done(127));
    child.once('close', (code) => done(code ?? 1));
  });
}
