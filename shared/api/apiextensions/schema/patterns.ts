// Regular expressions as Go has them (RE2): the same syntax, the same errors, and time that grows with the text only.

import { RE2JS } from 're2js';

const compiled = new Map<string, RE2JS>();
const mostCompiled = 500;

/** Throws an Error with Go's words, e.g. "error parsing regexp: missing closing ): `(`". */
export function patternOf(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known) return known;
  const made = RE2JS.compile(pattern);
  if (compiled.size >= mostCompiled) compiled.clear();
  compiled.set(pattern, made);
  return made;
}

/** Whether the pattern is found anywhere in the text. */
export function isFound(pattern: string, text: string): boolean {
  return patternOf(pattern).matcher(text).find();
}

/** What is wrong with the pattern; undefined: nothing. */
export function patternFault(pattern: string): string | undefined {
  try {
    patternOf(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
