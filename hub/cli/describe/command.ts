// `kelp describe`: all there is to say about resources, for people.

import type { CliCommand } from '../command.ts';
import { booleanFlag, listed, namespaceFlags, wholeNumber } from '../flags.ts';
import { withSession } from '../session.ts';

export const describeCommand: CliCommand = {
  describe(program, terminal) {
    const command = namespaceFlags(
      program
        .command('describe')
        .description('Show one or many resources in detail, with their events')
        .argument('[what...]', 'TYPE, TYPE NAME… (or how names begin) or TYPE/NAME…'),
    )
      .option('-f, --filename <file>', 'what these manifests name (file, folder or -)', listed)
      .option('-R, --recursive', 'with -f: folders with all that is in them')
      .option('-l, --selector <query>', 'only what has these labels', '')
      .option('-A, --all-namespaces', 'resources of all namespaces')
      .option('--chunk-size <n>', 'read large lists in pages of so many; 0: in one', wholeNumber, 500);
    booleanFlag(command, '--show-events', 'show the events of each resource', true).action(
      async (what: string[], flags) => {
        const { describe } = await import('./describe.ts');
        await withSession(flags, terminal, (session) => describe(what, flags, session));
      },
    );
  },
};
