// `kelp scale`: set how many replicas there are to be.

import type { CliCommand } from '../command.ts';
import { listed, namespaceFlags, wholeNumber } from '../flags.ts';
import { withSession } from '../session.ts';
import { dryRunFlag } from '../writes/dry-run.ts';

export const scaleCommand: CliCommand = {
  describe(program, terminal) {
    const command = namespaceFlags(
      program
        .command('scale')
        .description('Set a new size for a Deployment, ReplicaSet or anything else that scales')
        .argument('[what...]', 'TYPE NAME…, TYPE/NAME…, or TYPE with -l or --all'),
    )
      .requiredOption('--replicas <n>', 'how many replicas', wholeNumber)
      .option('--current-replicas <n>', 'only if there are so many to be now', wholeNumber, -1)
      .option('--resource-version <version>', 'only if the object still has this version', '')
      .option('-f, --filename <file>', 'what these manifests name (file, folder or -)', listed)
      .option('-R, --recursive', 'with -f: folders with all that is in them')
      .option('-l, --selector <query>', 'everything of the type with these labels', '')
      .option('--all', 'everything of the type in the namespace')
      .option('-o, --output <format>', 'show the objects: json|yaml|name|jsonpath=…', '');
    dryRunFlag(command).action(async (what: string[], flags) => {
      const { scale } = await import('./scale.ts');
      await withSession(flags, terminal, (session) => scale(what, flags, session));
    });
  },
};
