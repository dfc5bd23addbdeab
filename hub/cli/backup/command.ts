// `kelp backup FILE`, `kelp backup verify|list`, `kelp restore FILE`.

import type { CliCommand } from '../command.ts';
import { clusterFlags, withApi } from '../flags.ts';

const passphraseFlag = [
  '--passphrase-file <file>',
  'file with the passphrase of the backup, in one line',
] as const;

export const backupCommand: CliCommand = {
  describe(program, terminal) {
    const backup = clusterFlags(
      program
        .command('backup')
        .description('Write a backup of the whole cluster: objects, CA, keys and tokens'),
    )
      .argument('[file]', 'where to write it; -: to stdout')
      .option(...passphraseFlag)
      .option('--on-hub', 'have the hub write it into its own folder (backupDir), as it does by its schedule')
      .action(async (file: string | undefined, flags) => {
        const { saveBackup } = await import('./save-backup.ts');
        await withApi(flags, terminal, (api) => saveBackup(api, file, flags, terminal));
      });
    backup
      .command('verify')
      .description('Read a backup to its end, and say whether it is whole')
      .argument('<file>', 'the backup')
      .option(...passphraseFlag)
      .action(async (file: string, flags) => {
        const { showVerified } = await import('./show-backups.ts');
        await showVerified(file, flags, terminal);
      });
    backup
      .command('list')
      .description('Show the backups in a folder')
      .argument('[folder]', 'default: the folder that you are in', '.')
      .action(async (folder: string) => {
        const { listBackups } = await import('./show-backups.ts');
        await listBackups(folder, terminal);
      });
  },
};

export const restoreCommand: CliCommand = {
  describe(program, terminal) {
    program
      .command('restore')
      .description('Put a backup in the place of a hub that does not run')
      .argument('<file>', 'the backup')
      .option('--data-dir <dir>', 'data folder of the hub (default $KELP_HOME, else ~/.kelp)')
      .option('--force', 'replace the cluster that is there')
      .option(
        '--store <store>',
        "where the objects go: embedded, or etcd://host:2379 as in the hub's --store",
        'embedded',
      )
      .option('--store-ca-file <file>', 'CA certificates that etcd is checked against', '')
      .option('--store-cert-file <file>', 'certificate to show to etcd', '')
      .option('--store-key-file <file>', 'its key', '')
      .option('--store-user-file <file>', "file with etcd's user, name:password", '')
      .option(...passphraseFlag)
      .option(
        '--encryption-key-file <file>',
        'where this hub has its encryption keys, if not in the data folder; those of the backup are added to it',
      )
      .option('--cluster-key-file <file>', "the hubs' clusterKeyFile, if they share a store and have one")
      .action(async (file: string, flags) => {
        const { restore } = await import('./restore.ts');
        await restore(file, flags, terminal);
      });
  },
};
