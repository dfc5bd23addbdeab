// The first two lines of a backup: what it is, in the open, so that `head -2` tells it.

import { UserError } from '../../shared/base/index.ts';
import type { SealParameters } from './seal-body.ts';

export interface BackupHeader {
  format: 1;
  /** The version that wrote it. */
  kelp: string;
  /** RFC 3339. */
  time: string;
  /** Of the cluster's history, at the moment of the backup. */
  epoch: string;
  revision: number;
  objects: number;
  /** Names of the files of the cluster's material that it carries. */
  material: readonly string[];
  /** Present: all that follows is encrypted with a passphrase. */
  sealed?: SealParameters;
}

const magic = 'KELP-BACKUP';
/** Header and all. */
export const longestHead = 16 * 1024;

export function headBytes(header: BackupHeader): Buffer {
  return Buffer.from(`${magic}\n${JSON.stringify(header)}\n`);
}

/** The header, and where it ends; undefined: more bytes are needed. Throws UserError for what is no backup. */
export function readHead(bytes: Buffer): { header: BackupHeader; length: number } | undefined {
  const start = Buffer.from(`${magic}\n`);
  const shared = Math.min(bytes.length, start.length);
  if (!bytes.subarray(0, shared).equals(start.subarray(0, shared)))
    throw new UserError('it is no backup of Kelp');
  const end = bytes.indexOf('\n', start.length);
  if (end < 0) {
    if (bytes.length >= longestHead) throw new UserError('it is no backup of Kelp: its header does not end');
    return undefined;
  }
  return { header: parseHeader(bytes.toString('utf8', start.length, end)), length: end + 1 };
}

function parseHeader(line: string): BackupHeader {
  let header: Partial<BackupHeader>;
  try {
    header = JSON.parse(line);
  } catch (cause) {
    throw new UserError('it is damaged: its header cannot be read', { cause });
  }
  const { format, kelp = '', time = '', epoch, revision, objects, material = [], sealed } = header;
  if (format !== 1)
    throw new UserError(
      `it has format ${format}, which this version does not know: restore it with the one that wrote it (${kelp})`,
    );
  if (typeof epoch !== 'string' || typeof revision !== 'number' || typeof objects !== 'number')
    throw new UserError('it is damaged: its header lacks fields');
  return { format, kelp, time, epoch, revision, objects, material, ...(sealed && { sealed }) };
}
