// Backups that the hub takes of itself: by a schedule (as cron writes it) and when it is asked, into one folder, of which the
// newest few are kept.

import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScheduledTask } from 'node-cron';
import { type Clock, type Logger, makeFolder, UserError } from '../../shared/base/index.ts';
import { type BackupSource, takeBackup } from './take-backup.ts';
import { partialEnding, writeWholeFile } from './whole-file.ts';

export interface ScheduledBackupsOptions {
  source: BackupSource;
  /** Five fields, e.g. `0 3 * * *`; empty: only when it is asked. */
  schedule: string;
  directory: string;
  /** At least one. */
  keep: number;
  /** Empty: backups are not sealed. */
  passphraseFile: string;
  /** Tells people why there is none. */
  onFailure(why: string): void;
  clock: Clock;
  log: Logger;
}

export interface BackupDone {
  path: string;
  revision: number;
  objects: number;
  bytes: number;
}

const ending = '.backup';
const nameForm = /^kelp-\d{8}T\d{6}Z-r\d+\.backup$/;

export class ScheduledBackups {
  /** Since the start. */
  readonly counts = { succeeded: 0, failed: 0 };
  /** Seconds since 1970 of the last one that succeeded, and its bytes; 0: there was none. */
  last = { at: 0, bytes: 0 };
  private readonly options: ScheduledBackupsOptions;
  private task: ScheduledTask | undefined;
  private running: Promise<BackupDone> | undefined;

  constructor(options: ScheduledBackupsOptions) {
    this.options = options;
  }

  /** Throws UserError for a schedule that is none. */
  async start(): Promise<void> {
    const { schedule, log } = this.options;
    if (!schedule) return;
    const { schedule: runBy, validate } = await import('node-cron');
    if (!validate(schedule))
      throw new UserError(
        `backupSchedule: ${JSON.stringify(schedule)}: must be five fields of cron, e.g. 0 3 * * *`,
      );
    await this.readPassphrase();
    this.task = runBy(schedule, () => {
      // Told where it failed.
      this.run().catch((error: unknown) => log.debug({ err: error }, 'a scheduled backup failed'));
    });
  }

  async stop(): Promise<void> {
    await this.task?.destroy();
    this.task = undefined;
    await this.running?.catch(() => undefined); // told where it failed
  }

  /** One now; who asks while one is under way gets that one. */
  run(): Promise<BackupDone> {
    this.running ??= this.runAlone().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async runAlone(): Promise<BackupDone> {
    const { onFailure, log, clock } = this.options;
    try {
      const done = await this.write();
      this.counts.succeeded += 1;
      this.last = { at: clock.now() / 1000, bytes: done.bytes };
      log.info(done, 'backup written');
      return done;
    } catch (error) {
      this.counts.failed += 1;
      const why = error instanceof Error ? error.message : String(error);
      log.error({ err: error }, 'a backup failed');
      onFailure(why);
      throw error;
    }
  }

  private async write(): Promise<BackupDone> {
    const { source, directory } = this.options;
    await makeFolder(directory);
    await this.removePartial();
    const { header, bytes } = await takeBackup(source, await this.readPassphrase());
    const path = join(
      directory,
      `kelp-${header.time.replace(/[-:]|\.\d+/g, '')}-r${header.revision}${ending}`,
    );
    const written = await writeWholeFile(path, bytes);
    await this.removeOld();
    return { path, revision: header.revision, objects: header.objects, bytes: written };
  }

  private async readPassphrase(): Promise<string | undefined> {
    const { passphraseFile } = this.options;
    return passphraseFile ? await passphraseIn(passphraseFile) : undefined;
  }

  /** Of a hub that was killed while it wrote. */
  private async removePartial(): Promise<void> {
    const { directory } = this.options;
    for (const name of await readdir(directory)) {
      if (name.endsWith(partialEnding) && nameForm.test(name.slice(0, -partialEnding.length)))
        await rm(join(directory, name), { force: true });
    }
  }

  /** By their names, which begin with the time. */
  private async removeOld(): Promise<void> {
    const { directory, keep } = this.options;
    const names = (await readdir(directory)).filter((name) => nameForm.test(name)).sort();
    for (const name of names.slice(0, -keep)) await rm(join(directory, name), { force: true });
  }
}

/** Without the newline at its end. Throws UserError. */
export async function passphraseIn(path: string): Promise<string> {
  try {
    const passphrase = (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
    if (passphrase) return passphrase;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`cannot read the passphrase: ${why}`, { cause });
  }
  throw new UserError(`${path}: is empty: it must hold the passphrase`);
}
