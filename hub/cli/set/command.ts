// `kelp set image`: change what containers run.

import type { CliCommand } from '../command.ts';
import { listed, namespaceFlags } from '../flags.ts';
import { withSession } from '../session.ts';
import { dryRunFlag } from '../writes/dry-run.ts';

export const setCommand: CliCommand = {
  describe(program, terminal) {
    const set = program.command('set').description('Change single fields of resources: image');
    const image = namespaceFlags(
      set
        .command('image')
        .description('Change images of containers')
        .argument('[what...]', 'TYPE NAME or TYPE/NAME, then CONTAINER=IMAGE (* for all containers)'),
    )
      .option('-f, --filename <file>', 'what these manifests name (file, folder or -)', listed)
      .option('-R, --recursive', 'with -f: folders with all that is in them')
      .option('-l, --selector <query>', 'everything of the type with these labels', '')
      .option('--all', 'everything of the type in the namespace')
      .option('-o, --output <format>', 'show the objects: json|yaml|name|jsonpath=…', '');
    dryRunFlag(image).action(async (what: string[], flags) => {
      const { setImage } = await import('./set-image.ts');
      await withSession(flags, terminal, (session) => setImage(what, flags, session));
    });
  },
};
