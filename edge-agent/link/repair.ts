// Makes a NeDB file loadable again before NeDB sees it: a line torn by a power cut would take the next record with it, and
// damaged lines would be skipped in silence and then erased.

import { copyFile } from 'node:fs/promises';
import { readIfThere, writeFileDurably } from '../../shared/base/index.ts';

export interface Repair {
  /** Lines that could not be read; a torn last line is not counted. */
  damaged: number;
  /** Where the file as it was is kept; only where lines were damaged. */
  backup?: string;
}

/** Leaves a file of whole JSON lines. A torn end is what a crash leaves: nobody was told that it was saved. */
export async function repairDatafile(path: string): Promise<Repair> {
  const text = await readIfThere(path);
  if (text === undefined || text === '') return { damaged: 0 };
  const end = text.lastIndexOf('\n') + 1;
  const lines = text.slice(0, end).split('\n').filter(Boolean);
  const readable = lines.filter((line) => recordOf(line) !== undefined);
  const damaged = lines.length - readable.length;
  if (damaged === 0 && end === text.length) return { damaged };
  const backup = `${path}.damaged`;
  if (damaged > 0) await copyFile(path, backup);
  await writeFileDurably(path, readable.map((line) => `${line}\n`).join(''), 0o600);
  return damaged > 0 ? { damaged, backup } : { damaged };
}

/** What is readable, line by line, without changing anything. */
export async function readRecords(path: string): Promise<object[]> {
  const lines = (await readIfThere(path))?.split('\n') ?? [];
  return lines.flatMap((line) => recordOf(line) ?? []);
}

function recordOf(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined; // what is looked for
  }
}
