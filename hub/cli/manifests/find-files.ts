// What `-f` names: files, folders, or standard input.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../../shared/base/index.ts';

export interface ManifestText {
  /** For messages: the path, or `STDIN`. */
  source: string;
  text: string;
}

const extensions = ['.json', '.yaml', '.yml'];

/** Throws UserError in kubectl's words for what is not there. */
export async function manifestTexts(names: readonly string[], recursive: boolean): Promise<ManifestText[]> {
  const texts: ManifestText[] = [];
  for (const name of names) {
    if (name === '-') texts.push({ source: 'STDIN', text: await standardInput() });
    else if (/^https?:\/\//.test(name))
      throw new UserError(
        `${name}: manifests are not fetched: download it and name the file, or pipe it to -f -`,
      );
    else texts.push(...pathTexts(name, recursive));
  }
  return texts;
}

function pathTexts(path: string, recursive: boolean): ManifestText[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new UserError(`the path ${JSON.stringify(path)} does not exist`);
  if (!found.isDirectory()) return [{ source: path, text: readText(path) }];
  const files = filesIn(path, recursive);
  if (files.length === 0)
    throw new UserError(`error reading [${path}]: recognized file extensions are [${extensions.join(' ')}]`);
  return files.map((file) => ({ source: file, text: readText(file) }));
}

function filesIn(folder: string, recursive: boolean): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return recursive ? filesIn(path, true) : [];
    return extensions.some((extension) => entry.name.endsWith(extension)) ? [path] : [];
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`${path} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function standardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}
