// Lines of a container's log over all its rotations, from the tail if that is wanted, and on to what comes.

import { type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { rotatedLogs } from './log-rotation.ts';

const chunkSize = 64 * 1024;
/** A container's end changes no log: so often it is asked for. */
const askMs = 1000;

/**
 * Whole lines, oldest first, as many at a time as there are. `tailLines`: only the last ones of what is there now. `stillRuns`: goes on until the
 * container has ended and everything of it was read, or `signal` says so; without it the end of the log is the end.
 */
export async function* logLines(
  path: string,
  tailLines: number | undefined,
  stillRuns: (() => Promise<boolean>) | undefined,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const bell = stillRuns ? new Bell(dirname(path), signal) : undefined;
  const place: Place = { number: 0 };
  const files = await openAll(path, place);
  try {
    let offset = tailLines === undefined ? 0 : await keepTail(files, tailLines);
    for (;;) {
      const runs = (await stillRuns?.()) ?? false;
      const rung = bell?.next();
      for (let file = files[0]; file; file = files[0]) {
        for await (const lines of linesFrom(file, offset)) {
          offset += lines.length;
          yield lines;
        }
        if (files.length === 1) break;
        await files.shift()?.close();
        offset = 0;
      }
      const more = await openNext(path, files[0], place);
      if (more) files.push(more);
      else if (!runs || signal.aborted) return;
      else await rung;
    }
  } finally {
    bell?.close();
    for (const file of files) await file.close();
  }
}

/** Where a reader is, in case that its file is put aside and gone before it is looked for. */
interface Place {
  /** Of the newest file that had been put aside when its own was the newest, or of its own. */
  number: number;
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Oldest first. The newest is opened first, so that a rotation in that moment neither hides nor doubles it. */
async function openAll(path: string, place: Place): Promise<FileHandle[]> {
  const newest = await openIfThere(path);
  const newestInode = (await newest?.stat())?.ino;
  const files: FileHandle[] = [];
  for (const rotated of await rotatedLogs(path)) {
    const file = await openIfThere(rotated.path);
    if (!file) continue;
    place.number = rotated.number;
    if ((await file.stat()).ino === newestInode) await file.close();
    else files.push(file);
  }
  return newest ? [...files, newest] : files;
}

/** The file after `file`, when that was put aside; undefined while it is the newest. */
async function openNext(
  path: string,
  file: FileHandle | undefined,
  place: Place,
): Promise<FileHandle | undefined> {
  if (!file) return openIfThere(path);
  const { ino } = await file.stat();
  const rotated = await rotatedLogs(path);
  const paths = [...rotated.map((one) => one.path), path];
  const inodes = await Promise.all(
    paths.map((name) =>
      stat(name).then(
        (found) => found.ino,
        () => undefined,
      ),
    ),
  );
  // The newest may have two names: its own, and the number that it will be put aside under.
  const at = inodes.lastIndexOf(ino);
  const from = at >= 0 ? at + 1 : rotated.filter(({ number }) => number <= place.number).length;
  place.number = rotated[Math.min(from, rotated.length) - 1]?.number ?? place.number;
  const next = paths[from];
  return next === undefined ? undefined : openIfThere(next);
}

async function* linesFrom(file: FileHandle, from: number): AsyncGenerator<Buffer> {
  let offset = from;
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkSize), 0, chunkSize, offset);
    const end = buffer.subarray(0, bytesRead).lastIndexOf(10) + 1;
    if (end === 0) return;
    yield buffer.subarray(0, end);
    offset += end;
  }
}

/** Closes the files before the last `wanted` lines; answers where in the first one left these begin. */
async function keepTail(files: FileHandle[], wanted: number): Promise<number> {
  let missing = wanted;
  for (let index = files.length - 1; index >= 0; index--) {
    const file = files[index];
    if (!file) continue;
    const { start, found } = await tailStart(file, missing);
    missing -= found;
    if (missing > 0) continue;
    for (const before of files.splice(0, index)) await before.close();
    return start;
  }
  return 0;
}

/** Reads backwards until so many lines are found. */
async function tailStart(file: FileHandle, wanted: number): Promise<{ start: number; found: number }> {
  let end = (await file.stat()).size;
  if (wanted === 0) return { start: end, found: 0 };
  let newlines = 0;
  while (end > 0) {
    const begin = Math.max(0, end - chunkSize);
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(end - begin), 0, end - begin, begin);
    for (let at = bytesRead - 1; at >= 0; at--) {
      if (buffer[at] !== 10) continue;
      // The newline before the first wanted line, not its own.
      if (newlines === wanted) return { start: begin + at + 1, found: wanted };
      newlines += 1;
    }
    end = begin;
  }
  return { start: 0, found: newlines };
}

/** Rings when something in the folder changed, and now and then. */
class Bell {
  private readonly watcher: FSWatcher;
  private ring: () => void = () => {};

  constructor(folder: string, signal: AbortSignal) {
    this.watcher = watch(folder, { persistent: false, signal }, () => this.ring());
    this.watcher.on('error', () => this.ring());
    signal.addEventListener('abort', () => this.ring(), { once: true });
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, askMs);
      this.ring = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  close(): void {
    this.ring();
    this.watcher.close();
  }
}
