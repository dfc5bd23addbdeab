// `kelp create -f`: make new objects of manifests.

import type { CliCommand } from '../command.ts';
import { listed, namespaceFlags } from '../flags.ts';
import { withSession } from '../session.ts';
import { dryRunFlag } from '../writes/dry-run.ts';

export const createCommand: CliCommand = {
  describe(program, terminal) {
    const command = namespaceFlags(program.command('create').description('Create what manifests describe'))
      .option('-f, --filename <file>', 'manifests: a file, a folder, or - for standard input', listed)
      .option('-R, --recursive', 'folders with all that is in them')
      .option('-l, --selector <query>', 'only objects with these labels', '')
      .option('-o, --output <format>', 'show the objects: json|yaml|name|jsonpath=…', '')
      .option('--save-config', 'keep the manifest in an annotation, for a later kelp apply')
      .option('--field-manager <name>', 'who is said to have made the change', 'kubectl-create')
      .option('--validate <how>', 'strict: refuse unknown fields, warn: tell of them, ignore', 'strict');
    dryRunFlag(command).action(async (flags) => {
      const { create } = await import('./create.ts');
      await withSession(flags, terminal, (session) => create(flags, session));
    });
  },
};
