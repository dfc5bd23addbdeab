// `kelp up`: a whole cluster in this terminal.

import { InvalidArgumentError } from 'commander';
import { parsers } from '../../../shared/base/index.ts';
import type { CliCommand } from '../command.ts';

function number(parse: (raw: unknown) => number) {
  return (text: string) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  };
}

export const upCommand: CliCommand = {
  describe(program, terminal) {
    program
      .command('up')
      .description('Start a hub and a local agent in this terminal; Ctrl-C stops both')
      .option('--nodes <n>', 'how many agents to start', number(parsers.integer(0, 100)), 1)
      .option('--data-dir <dir>', 'folder for everything that is kept (default $KELP_HOME, else ~/.kelp)')
      .option('--bind <address>', 'address that the hub listens at', '0.0.0.0')
      .option('--https-port <port>', 'port of the API', number(parsers.port), 6443)
      .option('--mqtt-port <port>', 'port of the MQTT broker', number(parsers.port), 8883)
      .action(async (flags) => {
        const { up } = await import('./up.ts');
        await up(flags, terminal);
      });
  },
};
