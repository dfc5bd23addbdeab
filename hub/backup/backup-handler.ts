// /kelp/v1/backup for administrators: GET streams a backup to whoever asks, POST has the hub write one into its own folder.

import { Readable } from 'node:stream';
import { UserError } from '../../shared/base/index.ts';
import { ApiError } from '../../shared/machinery/index.ts';
import type { NonResourceHandler } from '../apiserver/index.ts';
import type { ScheduledBackups } from './scheduled-backups.ts';
import { type BackupSource, takeBackup } from './take-backup.ts';

const prefix = '/kelp/v1/backup';

export interface BackupHandlerOptions {
  source: BackupSource;
  scheduled: Pick<ScheduledBackups, 'run'>;
}

export function backupHandler({ source, scheduled }: BackupHandlerOptions): NonResourceHandler {
  return {
    prefix,
    paths: [prefix],
    async handle({ verb, path }) {
      if (path !== prefix) return undefined;
      if (verb === 'get') {
        const { bytes } = await takeBackup(source);
        return {
          type: 'stream',
          code: 200,
          stream: Readable.from(bytes),
          contentType: 'application/octet-stream',
        };
      }
      if (verb === 'post') return { type: 'object', code: 201, body: await told(scheduled.run()) };
      throw new ApiError('MethodNotAllowed', 'a backup is read by GET, and written on the hub by POST', {});
    },
  };
}

/** What a person can mend is no failure of the hub's. */
async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof UserError)
      throw new ApiError('ServiceUnavailable', error.message, {}, { cause: error });
    throw error;
  }
}
