// `--dry-run`: what would be done, said by the client alone or by the server.

import type { Command } from 'commander';
import { UserError } from '../../../shared/base/index.ts';

export type DryRun = 'none' | 'client' | 'server';

export function dryRunFlag(command: Command): Command {
  return command.option(
    '--dry-run <how>',
    'none, server (everything but the storing of it) or client (send nothing)',
    parse,
    'none',
  );
}

function parse(text: string): DryRun {
  if (text === 'none' || text === 'client' || text === 'server') return text;
  throw new UserError(`Invalid dry-run value (${text}). Must be "none", "server", or "client".`);
}

/** Put behind what a command says that it did. */
export function dryRunSuffix(dryRun: DryRun): string {
  switch (dryRun) {
    case 'none':
      return '';
    case 'client':
      return ' (dry run)';
    case 'server':
      return ' (server dry run)';
  }
}

/** For the query of a request that writes. */
export function dryRunQuery(dryRun: DryRun): { dryRun?: string } {
  return dryRun === 'server' ? { dryRun: 'All' } : {};
}
