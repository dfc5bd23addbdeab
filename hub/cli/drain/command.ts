// `kelp drain`: empty a node, e.g. before it is repaired.

import type { CliCommand } from '../command.ts';
import { clusterFlags, wholeNumber } from '../flags.ts';
import { withSession } from '../session.ts';
import { dryRunFlag } from '../writes/dry-run.ts';

export const drainCommand: CliCommand = {
  describe(program, terminal) {
    const command = clusterFlags(
      program.command('drain').description('Cordon a node and evict its pods, e.g. before a repair'),
    )
      .argument('[node...]', 'names of nodes')
      .option('-l, --selector <query>', 'all nodes with these labels', '')
      .option('--pod-selector <query>', 'evict only pods with these labels', '')
      .option('--ignore-daemonsets', 'leave pods of DaemonSets where they are')
      .option('--delete-emptydir-data', 'evict also pods whose emptyDir volumes go with them')
      .option('--force', 'evict also pods that nothing will start again')
      .option('--disable-eviction', 'delete instead of evicting')
      .option('--grace-period <seconds>', 'time to end in; negative: what the pod says', wholeNumber, -1)
      .option('--timeout <duration>', 'how long to wait for each node; 0s: as long as it takes', '0s');
    dryRunFlag(command).action(async (nodes: string[], flags) => {
      const { drain } = await import('./drain.ts');
      await withSession(flags, terminal, (session) => drain(nodes, flags, session));
    });
  },
};
