// `kelp rollout`: follow and steer how workloads change.

import { type Command, Option } from 'commander';
import type { CliCommand } from '../command.ts';
import { booleanFlag, listed, namespaceFlags, wholeNumber } from '../flags.ts';
import { withSession } from '../session.ts';
import { dryRunFlag } from '../writes/dry-run.ts';

function workloadFlags(command: Command): Command {
  return namespaceFlags(command.argument('[what...]', 'TYPE NAME or TYPE/NAME, e.g. deployment/web'))
    .option('-f, --filename <file>', 'what these manifests name (file, folder or -)', listed)
    .option('-R, --recursive', 'with -f: folders with all that is in them')
    .option('-l, --selector <query>', 'everything of the type with these labels', '');
}

/** A revision has 64 bits: more than a number holds. */
function revisionFlag<Words extends string>(words: Words, description: string) {
  return new Option(words, description).default(0n, '0').argParser(revisionNumber);
}

function revisionNumber(text: string): bigint {
  wholeNumber(text);
  return BigInt(text.replace('+', ''));
}

const changes = [
  { word: 'restart', description: 'Start all pods of a workload anew, the way it rolls out' },
  { word: 'pause', description: 'Let changes of a Deployment wait' },
  { word: 'resume', description: 'Roll out a paused Deployment again' },
] as const;

export const rolloutCommand: CliCommand = {
  describe(program, terminal) {
    const rollout = program
      .command('rollout')
      .description('Follow and steer rollouts: status, history, undo …');
    const status = workloadFlags(
      rollout.command('status').description('Show how far a rollout is, until it is done'),
    );
    booleanFlag(status, '--watch', 'go on until the rollout is done', true)
      .addOption(revisionFlag('--revision <n>', 'watch this revision only'))
      .option('--timeout <duration>', 'give up after this time; 0s: never', '0s')
      .action(async (what: string[], flags) => {
        const { rolloutStatus } = await import('./status.ts');
        await withSession(flags, terminal, (session) => rolloutStatus(what, flags, session));
      });
    workloadFlags(rollout.command('history').description('Show earlier revisions of a Deployment'))
      .addOption(revisionFlag('--revision <n>', 'show this revision in full'))
      .action(async (what: string[], flags) => {
        const { rolloutHistory } = await import('./history.ts');
        await withSession(flags, terminal, (session) => rolloutHistory(what, flags, session));
      });
    const undo = workloadFlags(
      rollout.command('undo').description('Go back to an earlier revision of a Deployment'),
    );
    dryRunFlag(undo.addOption(revisionFlag('--to-revision <n>', 'the revision; 0: the one before'))).action(
      async (what: string[], flags) => {
        const { rolloutUndo } = await import('./undo.ts');
        await withSession(flags, terminal, (session) => rolloutUndo(what, flags, session));
      },
    );
    for (const { word, description } of changes) {
      workloadFlags(rollout.command(word).description(description)).action(async (what: string[], flags) => {
        const { changeRollout } = await import('./change.ts');
        await withSession(flags, terminal, (session) => changeRollout(word, what, flags, session));
      });
    }
  },
};
