// `kelp encryption status|rotate`: the keys of objects that are encrypted at rest.

import type { CliCommand } from '../command.ts';
import { clusterFlags, withApi } from '../flags.ts';

export const encryptionCommand: CliCommand = {
  describe(program, terminal) {
    const encryption = program
      .command('encryption')
      .description('Show and change the keys with which the hub encrypts Secrets at rest');
    clusterFlags(
      encryption.command('status').description('Show what is encrypted, and with which keys'),
    ).action(async (flags) => {
      const { showEncryption } = await import('./encryption.ts');
      await withApi(flags, terminal, (api) => showEncryption(api, terminal));
    });
    clusterFlags(
      encryption
        .command('rotate')
        .description('Make a new key, encrypt everything at rest with it, and forget the old one'),
    ).action(async (flags) => {
      const { rotateKey } = await import('./encryption.ts');
      await withApi(flags, terminal, (api) => rotateKey(api, terminal));
    });
  },
};
