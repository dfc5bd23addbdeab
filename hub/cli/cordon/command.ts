// `kelp cordon` and `kelp uncordon`: whether a node takes new pods.

import type { CliCommand } from '../command.ts';
import { clusterFlags } from '../flags.ts';
import { withSession } from '../session.ts';
import { dryRunFlag } from '../writes/dry-run.ts';

const words = [
  { word: 'cordon', description: 'Let a node take no new pods', unschedulable: true },
  { word: 'uncordon', description: 'Let a node take pods again', unschedulable: false },
] as const;

export const cordonCommand: CliCommand = {
  describe(program, terminal) {
    for (const { word, description, unschedulable } of words) {
      const command = clusterFlags(program.command(word).description(description))
        .argument('[node...]', 'names of nodes')
        .option('-l, --selector <query>', 'all nodes with these labels', '');
      dryRunFlag(command).action(async (nodes: string[], flags) => {
        const { cordon } = await import('./cordon.ts');
        await withSession(flags, terminal, (session) =>
          cordon(unschedulable, nodes, { ...flags, word }, session),
        );
      });
    }
  },
};
