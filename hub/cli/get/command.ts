// `kelp get`: show resources, as kubectl does.

import type { CliCommand } from '../command.ts';
import { listed, namespaceFlags, wholeNumber } from '../flags.ts';
import { withSession } from '../session.ts';

export const getCommand: CliCommand = {
  describe(program, terminal) {
    namespaceFlags(
      program
        .command('get')
        .description('Show one or many resources')
        .argument(
          '[what...]',
          'TYPE, TYPE NAME…, TYPE/NAME… or TYPE,TYPE; see kelp api-resources for the types',
        ),
    )
      .option('-A, --all-namespaces', 'resources of all namespaces')
      .option(
        '-o, --output <format>',
        'json|yaml|name|wide|jsonpath=…|jsonpath-as-json=…|jsonpath-file=…|custom-columns=…|custom-columns-file=…',
        '',
      )
      .option('-l, --selector <query>', "only what matches these labels: 'app=web,tier in (a,b),!old'", '')
      .option('--field-selector <query>', "only what matches these fields: 'status.phase=Running'", '')
      .option('-w, --watch', 'go on showing what changes')
      .option('--watch-only', 'show what changes, without what is there already')
      .option(
        '--output-watch-events',
        'with --watch or --watch-only: show whether it was ADDED, MODIFIED or DELETED',
      )
      .option('--show-labels', 'show all labels in the last column')
      .option('-L, --label-columns <labels>', 'show these labels as columns', listed)
      .option('--no-headers', 'leave the headings out')
      .option('--sort-by <path>', 'sort by a JSONPath, e.g. .metadata.creationTimestamp', '')
      .option('--show-kind', 'show names with their kind')
      .option('--show-managed-fields', 'with json and yaml: keep managedFields')
      .option('--ignore-not-found', 'be content when there is no such object')
      .option('--chunk-size <n>', 'read large lists in pages of so many; 0: in one', wholeNumber, 500)
      .option('-f, --filename <file>', 'show what these manifests name (file, folder or -)', listed)
      .option('-R, --recursive', 'with -f: folders with all that is in them')
      .option('--raw <path>', 'show the answer of this path of the API as it is')
      .action(async (what: string[], flags) => {
        const { get } = await import('./get.ts');
        await withSession(flags, terminal, (session) => get(what, flags, session));
      });
  },
};
