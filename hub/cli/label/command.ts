// `kelp label` and `kelp annotate`: set and remove single labels and annotations.

import type { CliCommand } from '../command.ts';
import { listed, namespaceFlags } from '../flags.ts';
import { withSession } from '../session.ts';
import { dryRunFlag } from '../writes/dry-run.ts';

const words = [
  { word: 'label', noun: 'labels' },
  { word: 'annotate', noun: 'annotations' },
] as const;

export const labelCommand: CliCommand = {
  describe(program, terminal) {
    for (const { word, noun } of words) {
      const command = namespaceFlags(
        program
          .command(word)
          .description(`Change ${noun} of resources`)
          .argument('[what...]', 'TYPE NAME… or TYPE/NAME…, then KEY=VALUE to set and KEY- to remove'),
      )
        .option('-f, --filename <file>', 'what these manifests name (file, folder or -)', listed)
        .option('-R, --recursive', 'with -f: folders with all that is in them')
        .option('-l, --selector <query>', 'everything of the type with these labels', '')
        .option('--field-selector <query>', 'everything of the type with these fields', '')
        .option('--all', 'everything of the type in the namespace')
        .option('-A, --all-namespaces', 'with -l or --all: in all namespaces')
        .option('--overwrite', 'also change values that are there')
        .option('--list', `show the ${noun}`)
        .option('--resource-version <version>', 'only if the object still has this version')
        .option('-o, --output <format>', 'show the objects: json|yaml|name|jsonpath=…', '')
        .option('--field-manager <name>', 'who is said to have made the change', `kubectl-${word}`);
      dryRunFlag(command).action(async (what: string[], flags) => {
        const { changeTexts } = await import('./change-texts.ts');
        await withSession(flags, terminal, (session) => changeTexts(noun, what, flags, session));
      });
    }
  },
};
