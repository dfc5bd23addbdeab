// `kelp port-forward`: local ports that lead to a pod.

import type { CliCommand } from '../command.ts';
import { listed, namespaceFlags } from '../flags.ts';
import { withSession } from '../session.ts';

export const portForwardCommand: CliCommand = {
  describe(program, terminal) {
    namespaceFlags(
      program
        .command('port-forward')
        .description('Forward local ports to a pod')
        .argument('<what>', 'POD, or TYPE/NAME (svc/web, deploy/web: one of its pods)')
        .argument('<port...>', '[LOCAL:]REMOTE; :REMOTE takes any free local port'),
    )
      .option('--address <addresses>', 'where to listen, with commas', listed)
      .action(async (what: string, ports: string[], flags) => {
        const { portForward } = await import('./port-forward.ts');
        await withSession(flags, terminal, (session) => portForward(what, ports, flags, session));
      });
  },
};
