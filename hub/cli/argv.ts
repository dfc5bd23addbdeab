// kubectl's ways of writing flags that commander does not know: `-o=json`, `--wait=false`, `--watch=true`, and the
// cluster's flags before the command's word.

import type { Command, Option } from 'commander';

const globalFlags = new Set(['--kubeconfig', '--context', '--namespace', '-n']);

/** With the flags that stand before the first word behind all others. */
function hoisted(argv: readonly string[]): readonly string[] {
  let word = 0;
  while (globalFlags.has((argv[word] ?? '').split('=', 1)[0] ?? ''))
    word += argv[word]?.includes('=') ? 1 : 2;
  const end = argv.indexOf('--');
  const last = end < 0 ? argv.length : end;
  return [...argv.slice(word, last), ...argv.slice(0, word), ...argv.slice(last)];
}

/** `argv` as commander reads it, by the options of the command that it begins with. */
export function normaliseArguments(program: Command, given: readonly string[]): string[] {
  const argv = hoisted(given);
  const options = optionsFor(program, argv);
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  const normal = flags.flatMap((argument, position) => normalise(argument, flags[position - 1], options));
  return end < 0 ? normal : [...normal, ...argv.slice(end)];
}

function optionsFor(program: Command, argv: readonly string[]): readonly Option[] {
  let command = program;
  const options = [...program.options];
  for (const word of argv) {
    if (word.startsWith('-')) continue;
    const found = command.commands.find(
      (candidate) => candidate.name() === word || candidate.aliases().includes(word),
    );
    if (!found) break;
    command = found;
    options.push(...found.options);
  }
  return options;
}

function normalise(argument: string, before: string | undefined, options: readonly Option[]): string[] {
  // The value of the flag before it is nobody's flag.
  const previous = options.find(({ long, short }) => before === long || before === short);
  if (previous?.required) return [argument];
  const short = /^(-[a-zA-Z])=([\s\S]*)$/.exec(argument);
  if (short) return [short[1] ?? '', short[2] ?? ''];
  const [name = '', ...rest] = argument.split('=');
  const option = options.find(({ long }) => long === name);
  if (!option || option.required) return [argument];
  if (option.optional) return [rest.length === 0 ? `${name}=true` : argument];
  if (rest.length === 0) return [argument];
  if (/^(true|1|t)$/i.test(rest.join('='))) return [name];
  return /^(false|0|f)$/i.test(rest.join('=')) ? [] : [argument];
}
