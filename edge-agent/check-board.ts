// `kelp agent check`: what this board lacks, told to a person, or to a program that sets up boards.

import { type OptionTable, parsers, readCommandLine, systemClock } from '../shared/base/index.ts';
import { type AgentConfig, agentOptions } from './config.ts';
import { findingsJson, findingsText, isFit, preflight } from './preflight/index.ts';

interface CheckOptions extends AgentConfig {
  output: 'text' | 'json';
}

const options: OptionTable<CheckOptions> = {
  output: {
    flag: '--output',
    short: 'o',
    parse: parsers.oneOf('text', 'json'),
    default: 'text',
    help: 'how it is told: text, json',
  },
  ...agentOptions,
};

/** Answers the exit code: 1 where pods would not run as they should. */
export async function checkBoard(argv: readonly string[]): Promise<number> {
  const summary = 'Tells what this board lacks for an agent with these options, and what to do about it.';
  const line = await readCommandLine({ name: 'kelp agent check', summary, options }, argv);
  if (line.help !== undefined) {
    process.stdout.write(line.help);
    return 0;
  }
  const findings = await preflight({ ...line.values, now: systemClock.now() });
  process.stdout.write(line.values.output === 'json' ? findingsJson(findings) : findingsText(findings));
  return isFit(findings) ? 0 : 1;
}
