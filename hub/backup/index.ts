export { type BackupHandlerOptions, backupHandler } from './backup-handler.ts';
export type { BackupHeader } from './backup-header.ts';
export { unframed } from './frame.ts';
export { readBackupHeader, verifyBackup } from './read-backup.ts';
export { type Restored, type RestoreOptions, restoreBackup } from './restore.ts';
export { type BackupDone, passphraseIn, ScheduledBackups } from './scheduled-backups.ts';
export { type BackupSource, sealedIf, takeBackup } from './take-backup.ts';
export { writeWholeFile } from './whole-file.ts';
