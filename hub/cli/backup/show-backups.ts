// What backups say of themselves, and whether they are whole.

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../../shared/base/index.ts';
import { renderTable } from '../../../shared/machinery/index.ts';
import { type BackupHeader, passphraseIn, readBackupHeader, verifyBackup } from '../../backup/index.ts';
import type { Terminal } from '../command.ts';
import { sizeText } from './size-text.ts';

export async function showVerified(
  file: string,
  flags: { passphraseFile?: string },
  { out }: Terminal,
): Promise<void> {
  const passphrase = flags.passphraseFile ? await passphraseIn(flags.passphraseFile) : undefined;
  const { header, material } = await verifyBackup(file, passphrase);
  const { time, objects, revision, epoch } = header;
  out.write(`${file} is whole: ${objects} objects at revision ${revision} of epoch ${epoch}, ${time}\n`);
  out.write(
    material
      ? `with ${Object.keys(material).join(', ')}\n`
      : 'it is sealed: with --passphrase-file its content is looked at too\n',
  );
}

export async function listBackups(folder: string, { out }: Terminal): Promise<void> {
  const rows: string[][] = [];
  for (const name of (await namesIn(folder)).sort()) {
    const header = await headerIn(join(folder, name));
    if (!header) continue;
    const { size } = await stat(join(folder, name));
    const sealed = header.sealed ? 'yes' : 'no';
    rows.push([name, header.time, String(header.revision), String(header.objects), sizeText(size), sealed]);
  }
  if (rows.length === 0) out.write(`there are no backups in ${folder}\n`);
  else out.write(`${renderTable(['NAME', 'TIME', 'REVISION', 'OBJECTS', 'SIZE', 'SEALED'], rows)}\n`);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (cause) {
    throw new UserError(`cannot read ${folder}: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

/** Undefined: it is something else. */
async function headerIn(path: string): Promise<BackupHeader | undefined> {
  try {
    return await readBackupHeader(path);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
