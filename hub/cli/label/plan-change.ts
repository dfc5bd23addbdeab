// What `KEY=VALUE` and `KEY-` do to labels or annotations, in kubectl's words.

import { UserError } from '../../../shared/base/index.ts';

export type Noun = 'labels' | 'annotations';

export interface Change {
  set: Record<string, string>;
  remove: string[];
}

/** The arguments before the first pair name resources. */
export function splitPairs(args: readonly string[]): { resources: string[]; pairs: string[] } {
  const at = args.findIndex((arg) => /^[^=].*=|^.+-$/s.test(arg));
  return at < 0
    ? { resources: [...args], pairs: [] }
    : { resources: args.slice(0, at), pairs: args.slice(at) };
}

/** Throws UserError for a pair that is none, and for a key that is set and removed at once. */
export function parseChange(pairs: readonly string[], noun: Noun): Change {
  const singular = noun === 'labels' ? 'label' : 'annotation';
  const change: Change = { set: {}, remove: [] };
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals > 0) change.set[pair.slice(0, equals)] = pair.slice(equals + 1);
    else if (equals < 0 && pair.length > 1 && pair.endsWith('-')) change.remove.push(pair.slice(0, -1));
    else throw new UserError(`unknown ${singular} spec: ${pair}`);
  }
  const both = change.remove.filter((key) => Object.hasOwn(change.set, key));
  if (both.length === 0) return change;
  throw new UserError(
    noun === 'labels'
      ? 'can not both modify and remove a label in the same command'
      : `can not both modify and remove the following annotation(s) in the same command: ${both.join(', ')}`,
  );
}

/** What is said against changing keys that have another value; undefined: nothing. */
export function overwriting(
  change: Change,
  texts: Readonly<Record<string, string>>,
  noun: Noun,
): string | undefined {
  const clashes = Object.keys(change.set)
    .filter((key) => Object.hasOwn(texts, key) && texts[key] !== change.set[key])
    .map((key) => `'${key}' already has a value (${texts[key]})`);
  if (clashes.length === 0) return undefined;
  return noun === 'labels'
    ? `${clashes.join('\n')}, and --overwrite is false`
    : `--overwrite is false but found the following declared annotation(s): ${clashes.join('; ')}`;
}

export function changed(change: Change, texts: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(texts).filter(([key]) => !change.remove.includes(key));
  return { ...Object.fromEntries(kept), ...change.set };
}
