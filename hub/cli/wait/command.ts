// `kelp wait`: until objects are as they should be.

import type { CliCommand } from '../command.ts';
import { listed, namespaceFlags } from '../flags.ts';
import { withSession } from '../session.ts';

export const waitCommand: CliCommand = {
  describe(program, terminal) {
    namespaceFlags(
      program
        .command('wait')
        .description('Wait until resources meet a condition, exist or are gone')
        .argument('[what...]', 'TYPE NAME…, TYPE/NAME…, or TYPE with -l or --all'),
    )
      .option(
        '--for <condition>',
        "create, delete, condition=NAME[=VALUE] or jsonpath='{PATH}'[=VALUE]; a condition's value is true if not said",
        '',
      )
      .option('--timeout <duration>', 'how long to wait; 0: look once; negative: a week', '30s')
      .option('-f, --filename <file>', 'what these manifests name (file, folder or -)', listed)
      .option('-R, --recursive', 'with -f: folders with all that is in them')
      .option('-l, --selector <query>', 'everything of the type with these labels', '')
      .option('--field-selector <query>', 'everything of the type with these fields', '')
      .option('--all', 'everything of the type in the namespace')
      .option('-A, --all-namespaces', 'with -l or --all: in all namespaces')
      .option('-o, --output <format>', 'show the objects: json|yaml|name|jsonpath=…', '')
      .option('--show-managed-fields', 'with json and yaml: keep managedFields')
      .action(async (what: string[], flags) => {
        const { waitFor } = await import('./wait-for.ts');
        await withSession(flags, terminal, (session) => waitFor(what, flags, session));
      });
  },
};
