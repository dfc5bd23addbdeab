// A YAML file that a person wrote. A mistake is one clear line.

import { readFileSync } from 'node:fs';
import { UserError } from './user-error.ts';

/** What it holds. Throws UserError for one that cannot be read, and for one that is no YAML, by its line. */
export async function readYamlFile(
  file: string,
  read: (file: string) => string = readText,
): Promise<unknown> {
  // Loaded only where there is a file: it weighs 8 MB.
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(read(file), { lineCounter: lines, prettyErrors: false });
  const [fault] = document.errors;
  if (fault) throw new UserError(`${file}:${lines.linePos(fault.pos[0]).line}: ${fault.message}`);
  return document.toJS();
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? 'no such file' : cause;
    throw new UserError(`${file}: ${why instanceof Error ? why.message : why}`, { cause });
  }
}
