// `kelp apply`: make the cluster like the manifests.

import type { CliCommand } from '../command.ts';
import { listed, namespaceFlags } from '../flags.ts';
import { withSession } from '../session.ts';
import { dryRunFlag } from '../writes/dry-run.ts';

export const applyCommand: CliCommand = {
  describe(program, terminal) {
    const command = namespaceFlags(
      program
        .command('apply')
        .description('Create or change what manifests describe, so that it is as they say'),
    )
      .option(
        '-f, --filename <file>',
        'manifests: a file, a folder, or - for standard input; may be repeated',
        listed,
      )
      .option('-R, --recursive', 'folders with all that is in them')
      .option('-k, --kustomize <folder>', 'not supported: build with kustomize and pipe it to -f -')
      .option('-l, --selector <query>', 'only objects with these labels', '')
      .option('-o, --output <format>', 'show the objects: json|yaml|name|jsonpath=…', '')
      .option('--server-side', 'let the server merge (server-side apply)')
      .option('--force-conflicts', 'with --server-side: take over fields of other managers')
      .option('--field-manager <name>', 'who is said to have made the change')
      .option('--force', 'delete and create again what cannot be changed')
      .option('--validate <how>', 'strict: refuse unknown fields, warn: tell of them, ignore', 'strict');
    dryRunFlag(command).action(async (flags) => {
      const { apply } = await import('./apply.ts');
      await withSession(flags, terminal, (session) => apply(flags, session));
    });
  },
};
