// `kelp version`: of this program, and of the server.

import type { CliCommand } from '../command.ts';
import { clusterFlags } from '../flags.ts';
import { withSession } from '../session.ts';

export const versionCommand: CliCommand = {
  describe(program, terminal) {
    clusterFlags(
      program.command('version').description('Show the versions of this program and of the server'),
    )
      .option('--client', 'of this program only')
      .option('-o, --output <format>', 'json or yaml', '')
      .action(async (flags) => {
        const { version, clientVersion } = await import('./version.ts');
        if (flags.client) terminal.out.write(clientVersion(flags.output));
        else await withSession(flags, terminal, (session) => version(flags, session));
      });
  },
};
