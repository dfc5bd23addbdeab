// The command line of a program that is all options: flags from its table, `--config FILE`, `--help`. Needs no library.

import { parseArgs } from 'node:util';
import { explainDisk } from './disk-error.ts';
import { boolean } from './option-parsers.ts';
import { loadOptions, type Option, type OptionTable } from './options.ts';
import { UserError } from './user-error.ts';

export interface Program<T extends object> {
  /** e.g. `kelp hub` */
  name: string;
  /** One line. */
  summary: string;
  /** What else it does, named by its first word. */
  commands?: readonly { name: string; summary: string }[];
  options: OptionTable<T>;
}

export type CommandLine<T> = { help: string } | { help?: undefined; values: T; given: ReadonlySet<keyof T> };

/** Reads flags and the file that `--config` names. Throws UserError in one line for whatever is not understood. */
export async function readCommandLine<T extends object>(
  program: Program<T>,
  argv: readonly string[],
): Promise<CommandLine<T>> {
  const table = Object.entries<Option<unknown>>(program.options);
  const flags = table.flatMap(([, option]) =>
    option.flag === undefined ? [] : [{ ...option, flag: option.flag }],
  );
  const wanted = Object.fromEntries(
    flags.map(({ flag, short, parse }) => [
      flag.slice(2),
      { type: parse === boolean ? 'boolean' : 'string', ...(short && { short }) } as const,
    ]),
  );
  const { help, config, ...values } = parse(program, argv, {
    ...wanted,
    config: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  });
  if (help) return { help: helpText(program) };
  const given = Object.fromEntries(Object.entries(values).map(([flag, value]) => [`--${flag}`, value]));
  const names = table
    .filter(([, { flag }]) => flag !== undefined && flag in given)
    .map(([name]) => name as keyof T);
  return {
    values: await loadOptions(program.options, {
      flags: given,
      ...(typeof config === 'string' && { file: config }),
    }),
    given: new Set(names),
  };
}

type Flags = Record<string, { type: 'boolean' | 'string'; short?: string }>;

function parse<T extends object>(
  program: Program<T>,
  argv: readonly string[],
  options: Flags,
): Record<string, unknown> {
  const hint = `see '${program.name} --help'`;
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const [surplus] = positionals;
    if (surplus !== undefined) throw new UserError(`${program.name} takes no "${surplus}": ${hint}`);
    return values;
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error)) throw error;
    const unknown = /Unknown option '([^']+)'/.exec(error.message)?.[1];
    if (unknown) throw new UserError(`unknown flag ${unknown}: ${hint}`);
    throw new UserError(`${error.message.split(/\.? To specify|\n/, 1)[0]}: ${hint}`);
  }
}

function helpText<T extends object>({ name, summary, commands = [], options }: Program<T>): string {
  const rows = Object.values<Option<unknown>>(options)
    .filter(({ flag }) => flag !== undefined)
    .map(({ flag, short, help, parse: parser, default: value }) => [
      `${short ? `-${short}, ` : ''}${flag}${parser === boolean ? '' : ' VALUE'}`,
      value === undefined || value === '' ? help : `${help} (default ${value})`,
    ]);
  const all = [
    ...rows,
    ['--config FILE', 'a YAML file with these and further options; flags win'],
    ['-h, --help', 'this text'],
  ];
  const width = Math.max(...all.map(([flag = '']) => flag.length));
  return [
    summary,
    '',
    `Usage: ${name} [flags]`,
    ...commands.map((command) => `       ${name} ${command.name} [flags]   ${command.summary}`),
    '',
    ...all.map(([flag = '', help]) => `  ${flag.padEnd(width)}  ${help}`),
    '',
  ].join('\n');
}

/** Runs a program: a UserError is one line on stderr and exit code 1; anything else is ours and shows its stack. */
export async function runProgram(name: string, main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${name}: ${describe(explainDisk(error))}\n`);
    process.exit(1);
  }
}

function describe(error: unknown): string {
  if (error instanceof UserError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
