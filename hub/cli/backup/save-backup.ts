// Fetches a backup from a running hub: checked while it comes in, sealed here where there is a passphrase (which never
// leaves this machine), and under its name only when it is whole and on disk.

import type { IncomingMessage } from 'node:http';
import { UserError } from '../../../shared/base/index.ts';
import { passphraseIn, sealedIf, unframed, writeWholeFile } from '../../backup/index.ts';
import type { Api } from '../api.ts';
import type { Terminal } from '../command.ts';
import { Progress } from './progress.ts';
import { sizeText } from './size-text.ts';

export interface BackupFlags {
  passphraseFile?: string;
  onHub?: boolean;
}

const path = '/kelp/v1/backup';

export async function saveBackup(
  api: Api,
  file: string | undefined,
  flags: BackupFlags,
  terminal: Terminal,
): Promise<void> {
  if (flags.onHub) return saveOnHub(api, file, flags, terminal);
  if (!file) throw new UserError('name the file to write, or - for stdout: kelp backup FILE');
  const passphrase = flags.passphraseFile ? await passphraseIn(flags.passphraseFile) : undefined;
  const response = await api.stream(path, { signal: terminal.interrupted });
  const received = await unframed(chunksOf(response));
  const { header, bytes } = await sealedIf(passphrase, received.header, received.body);
  const progress = new Progress(terminal);
  const told = progress.following(bytes);
  const written = file === '-' ? await pipeTo(terminal.out, told) : await writeWholeFile(file, told);
  progress.end();
  const what = `${header.objects} objects at revision ${header.revision}, ${sizeText(written)}`;
  terminal.err.write(`backup written${file === '-' ? '' : ` to ${file}`}: ${what}\n`);
  if (!passphrase)
    terminal.err.write(
      "it holds the cluster's keys: whoever can read it can act as the cluster's administrator\n",
    );
}

async function saveOnHub(
  api: Api,
  file: string | undefined,
  flags: BackupFlags,
  { out }: Terminal,
): Promise<void> {
  if (file) throw new UserError('--on-hub: the hub chooses the name, in its backupDir: leave FILE out');
  if (flags.passphraseFile)
    throw new UserError(
      '--on-hub: the hub seals with its own backupPassphraseFile: leave --passphrase-file out',
    );
  const { body } = await api.call(path, { method: 'POST' });
  const done = body as { path: string; revision: number; objects: number; bytes: number };
  const what = `${done.objects} objects at revision ${done.revision}, ${sizeText(done.bytes)}`;
  out.write(`backup written to ${done.path} on the hub: ${what}\n`);
}

async function* chunksOf(response: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) yield chunk;
  } catch (cause) {
    throw new UserError('the connection to the hub broke before the backup was whole', { cause });
  } finally {
    response.destroy();
  }
}

async function pipeTo(out: NodeJS.WritableStream, bytes: AsyncIterable<Buffer>): Promise<number> {
  let written = 0;
  for await (const chunk of bytes) {
    written += chunk.length;
    await new Promise<void>((resolve, reject) => {
      out.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }
  return written;
}
