// `kelp attach`: join what a container says, and talk to it.

import type { CliCommand } from '../command.ts';
import { namespaceFlags } from '../flags.ts';
import { withSession } from '../session.ts';

export const attachCommand: CliCommand = {
  describe(program, terminal) {
    namespaceFlags(
      program
        .command('attach')
        .description('Join a running container: what it writes from now on, and its stdin')
        .argument('<what>', 'POD, or TYPE/NAME (deploy/web: one of its pods)'),
    )
      .option('-c, --container <name>', 'the container', '')
      .option('-i, --stdin', 'pass stdin on to the container')
      .option('-t, --tty', 'stdin is a terminal there too')
      .option('-q, --quiet', 'say nothing but what the container says')
      .action(async (what: string, flags) => {
        const { attach } = await import('./attach.ts');
        await withSession(flags, terminal, (session) => attach(what, flags, session));
      });
  },
};
