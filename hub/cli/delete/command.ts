// `kelp delete`: take resources away.

import type { CliCommand } from '../command.ts';
import { booleanFlag, listed, namespaceFlags, wholeNumber } from '../flags.ts';
import { withSession } from '../session.ts';
import { dryRunFlag } from '../writes/dry-run.ts';

export const deleteCommand: CliCommand = {
  describe(program, terminal) {
    const command = namespaceFlags(
      program
        .command('delete')
        .description('Delete resources by name, by selector, or that manifests name')
        .argument('[what...]', 'TYPE NAME…, TYPE/NAME…, or TYPE with -l or --all'),
    )
      .option('-f, --filename <file>', 'delete what these manifests name (file, folder or -)', listed)
      .option('-R, --recursive', 'with -f: folders with all that is in them')
      .option('-l, --selector <query>', 'everything with these labels', '')
      .option('--field-selector <query>', 'everything with these fields', '')
      .option('--all', 'everything of the type in the namespace')
      .option('-A, --all-namespaces', 'with -l or --all: in all namespaces')
      .option('--grace-period <seconds>', 'time to end in; negative: what the object says', wholeNumber, -1)
      .option('--now', 'the same as --grace-period=1')
      .option('--force', 'delete at once, without waiting for the node')
      .option('--ignore-not-found', 'be content when there is no such object')
      .option('--timeout <duration>', 'how long to wait (1m30s …); 0: as long as it takes', '0s')
      .option('-o, --output <format>', 'name: say only TYPE/NAME', '');
    booleanFlag(command, '--wait', 'return when the objects are gone', true);
    command.option('--cascade [how]', 'what of dependents: background, foreground, orphan', 'background');
    dryRunFlag(command).action(async (what: string[], flags) => {
      const { deleteObjects } = await import('./delete-objects.ts');
      await withSession(flags, terminal, (session) => deleteObjects(what, flags, session));
    });
  },
};
