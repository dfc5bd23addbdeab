// `kelp logs`: what containers have written.

import type { CliCommand } from '../command.ts';
import { namespaceFlags, wholeNumber } from '../flags.ts';
import { withSession } from '../session.ts';

export const logsCommand: CliCommand = {
  describe(program, terminal) {
    namespaceFlags(
      program
        .command('logs')
        .description('Show what a container has written')
        .argument(
          '[what...]',
          'POD [CONTAINER], TYPE/NAME (deploy/web: one of its pods), or nothing with -l',
        ),
    )
      .option('-f, --follow', 'go on showing what comes')
      .option('-p, --previous', 'of the container before its last restart')
      .option('-c, --container <name>', 'the container', '')
      .option('--all-containers', 'all containers of the pod')
      .option('--all-pods', 'all pods of the TYPE/NAME, each line with its pod')
      .option('--prefix', 'put [pod/NAME/CONTAINER] before each line')
      .option('--tail <n>', 'only the last lines; -1: all (10 with -l)', wholeNumber)
      .option('--since <duration>', 'only what is newer: 5s, 2m, 3h', '')
      .option('--since-time <time>', 'only what is newer than this RFC 3339 time', '')
      .option('--timestamps', 'put the time before each line')
      .option('--limit-bytes <n>', 'not more than so many bytes', wholeNumber, 0)
      .option('-l, --selector <query>', 'of the pods with these labels', '')
      .option('--ignore-errors', 'with -f: go on when one of several ends with an error')
      .option('--max-log-requests <n>', 'with -f and -l: how many to follow at once', wholeNumber, 5)
      .action(async (what: string[], flags) => {
        const { logs } = await import('./logs.ts');
        await withSession(flags, terminal, (session) => logs(what, flags, session));
      });
  },
};
