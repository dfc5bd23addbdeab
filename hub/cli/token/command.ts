// `kelp token create|list|delete`: join tokens, in kubeadm's words.

import type { CliCommand } from '../command.ts';
import { clusterFlags, withApi } from '../flags.ts';

export const tokenCommand: CliCommand = {
  describe(program, terminal) {
    const token = program
      .command('token')
      .description('Create, list and delete the tokens with which boards join');
    clusterFlags(token.command('create').description('Print a new join token'))
      .option('--ttl <duration>', 'how long it is good for (1h30m, 24h …); 0: until it is deleted', '24h')
      .option('--print-join-command', 'print the whole command to run on the board')
      .action(async (flags) => {
        const { createToken } = await import('./create-token.ts');
        await withApi(flags, terminal, (api) => createToken(api, flags, terminal));
      });
    clusterFlags(token.command('list').description('Show which join tokens there are')).action(
      async (flags) => {
        const { listTokens } = await import('./list-tokens.ts');
        await withApi(flags, terminal, (api) => listTokens(api, terminal));
      },
    );
    clusterFlags(token.command('delete').description('Take a join token back'))
      .argument('<id>', 'the first six characters of the token, or all of it')
      .action(async (id: string, flags) => {
        const { deleteToken } = await import('./delete-token.ts');
        await withApi(flags, terminal, (api) => deleteToken(api, id, terminal));
      });
  },
};
