// `kelp api-resources`: what the server serves.

import type { CliCommand } from '../command.ts';
import { clusterFlags, listed } from '../flags.ts';
import { withSession } from '../session.ts';

export const apiResourcesCommand: CliCommand = {
  describe(program, terminal) {
    clusterFlags(program.command('api-resources').description('Show which types of resources there are'))
      .option('--api-group <group>', 'of this group only (empty: the core group)')
      .option('--namespaced [bool]', 'only those in namespaces (or, with =false, those that are not)')
      .option('--verbs <verbs>', 'only those that can do all these', listed, [])
      .option('--categories <names>', 'only those in all these categories', listed, [])
      .option('--no-headers', 'leave the headings out')
      .option('--sort-by <field>', 'name or kind', '')
      .option('-o, --output <format>', 'wide (with verbs and categories) or name', '')
      .action(async (flags) => {
        const { apiResources } = await import('./api-resources.ts');
        await withSession(flags, terminal, (session) => apiResources(flags, session));
      });
  },
};
