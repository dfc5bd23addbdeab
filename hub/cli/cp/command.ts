// `kelp cp`: copy files to and from containers.

import type { CliCommand } from '../command.ts';
import { namespaceFlags } from '../flags.ts';
import { withSession } from '../session.ts';

export const cpCommand: CliCommand = {
  describe(program, terminal) {
    namespaceFlags(
      program
        .command('cp')
        .description('Copy files and folders to and from containers (tar must be there)')
        .argument('<from>', 'PATH, or [NAMESPACE/]POD:PATH')
        .argument('<to>', 'PATH, or [NAMESPACE/]POD:PATH'),
    )
      .option('-c, --container <name>', 'the container', '')
      .action(async (from: string, to: string, flags) => {
        const { cp } = await import('./cp.ts');
        await withSession(flags, terminal, (session) => cp(from, to, flags, session));
      });
  },
};
