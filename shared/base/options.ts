// A program's options as one table: flags win over the YAML file, the file over the defaults. A mistake is one clear line.

import type { OptionParser } from './option-parsers.ts';
import { UserError } from './user-error.ts';
import { readYamlFile } from './yaml-file.ts';

export interface Option<T> {
  /** As it is named on the command line, e.g. `--https-port`; absent: only in the file. */
  readonly flag?: string;
  /** The flag in one letter, e.g. `o`. */
  readonly short?: string;
  /** In the file; dots descend into maps: `mqtt.port`; absent: only on the command line. */
  readonly yamlKey?: string;
  readonly parse: OptionParser<T>;
  readonly default: T;
  /** One line for `--help` and for the sample file. */
  readonly help: string;
}

/** Name → option. */
export type OptionTable<T extends object> = { readonly [K in keyof T]: Option<T[K]> };

export interface OptionSources {
  /** Flag → raw value, for the flags that were given. */
  flags?: Readonly<Record<string, unknown>>;
  /** The YAML file; absent: defaults and flags only. */
  file?: string;
  /** Default: reads the file system. A file that cannot be read is a UserError. */
  read?: (file: string) => string;
}

/** The values of all options. Throws UserError for an unknown key or flag, or a value that is not understood. */
export async function loadOptions<T extends object>(
  table: OptionTable<T>,
  sources: OptionSources,
): Promise<T> {
  const { flags = {}, file } = sources;
  const given = file === undefined ? new Map<string, unknown>() : await readValues(table, file, sources.read);
  checkFlags(table, flags);
  const values = optionsOf(table).map(([name, option]) => {
    const { flag, yamlKey } = option;
    const fromFlag = flag === undefined ? undefined : flags[flag];
    if (fromFlag !== undefined) return [name, parsed(option, fromFlag, `${flag}`)];
    if (yamlKey !== undefined && given.has(yamlKey))
      return [name, parsed(option, given.get(yamlKey), `${file}: ${yamlKey}`)];
    return [name, option.default];
  });
  return Object.fromEntries(values);
}

function optionsOf<T extends object>(table: OptionTable<T>): [string, Option<unknown>][] {
  return Object.entries<Option<unknown>>(table);
}

function parsed(option: Option<unknown>, raw: unknown, where: string): unknown {
  try {
    return option.parse(raw);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${where}: ${JSON.stringify(raw)}: ${why}`, { cause });
  }
}

function checkFlags<T extends object>(table: OptionTable<T>, flags: Readonly<Record<string, unknown>>): void {
  const known = optionsOf(table).flatMap(([, { flag }]) => flag ?? []);
  for (const flag of Object.keys(flags)) {
    if (!known.includes(flag)) throw new UserError(`unknown flag ${flag}${suggestion(flag, known)}`);
  }
}

async function readValues<T extends object>(
  table: OptionTable<T>,
  file: string,
  read?: (file: string) => string,
): Promise<Map<string, unknown>> {
  const content = await readYamlFile(file, read);
  const values = new Map<string, unknown>();
  if (content === null || content === undefined) return values;
  if (!isMap(content)) throw new UserError(`${file}: expected a map of options`);
  collect(
    content,
    '',
    file,
    optionsOf(table).flatMap(([, { yamlKey }]) => yamlKey ?? []),
    values,
  );
  return values;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function collect(
  content: Readonly<Record<string, unknown>>,
  prefix: string,
  file: string,
  known: readonly string[],
  values: Map<string, unknown>,
): void {
  for (const [name, value] of Object.entries(content)) {
    const key = prefix + name;
    if (known.includes(key)) values.set(key, value);
    else if (!known.some((candidate) => candidate.startsWith(`${key}.`))) {
      throw new UserError(`${file}: unknown key "${key}"${suggestion(key, known, '"')}`);
    } else if (isMap(value)) collect(value, `${key}.`, file, known, values);
    else if (value !== null) throw new UserError(`${file}: ${key}: expected a map`);
  }
}

function suggestion(wrong: string, known: readonly string[], quote = ''): string {
  const limit = Math.max(2, Math.floor(wrong.length / 4));
  const near = known
    .map((candidate) => ({ candidate, distance: editDistance(wrong.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return near && near.distance <= limit ? `; did you mean ${quote}${near.candidate}${quote}?` : '';
}

/** Levenshtein. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, position) => position);
  for (let i = 0; i < from.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j += 1) {
      const change = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1);
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
