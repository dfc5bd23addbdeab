// Joins a running container: what it writes to its spool from now on, and its stdin where it has one.

import { constants, openSync, watch } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { Readable, type Writable } from 'node:stream';
import type { AttachedContainer } from '../runtime.ts';
import type { ProcessContainer } from './process-container.ts';
import { deviceIn, TerminalResizer } from './terminal.ts';

const readSize = 32 * 1024;

export async function attachTo(container: ProcessContainer): Promise<AttachedContainer> {
  const { folder, meta } = container;
  const spool = await open(folder.spoolPath, 'r');
  const from = (await spool.stat()).size;
  const end = new AbortController();
  const output = Readable.from(follow(container, spool, from, end.signal), { objectMode: false });
  const size = new TerminalResizer(async () =>
    deviceIn(await readFile(folder.terminalPath, 'utf8').catch(() => '')),
  );
  const stdin = meta.stdin ? stdinOf(container) : undefined;
  return {
    output,
    stdin,
    resize: (columns, rows) => size.resize(columns, rows),
    detach: () => {
      end.abort();
      output.destroy();
      stdin?.destroy();
    },
  };
}

async function* follow(
  container: ProcessContainer,
  spool: FileHandle,
  from: number,
  end: AbortSignal,
): AsyncGenerator<Buffer> {
  let offset = from;
  let wake = () => {};
  const changed = () => wake();
  const watcher = watch(container.folder.spoolPath, { persistent: false }, changed);
  watcher.on('error', changed);
  end.addEventListener('abort', changed);
  const forget = container.onEnd(changed);
  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      // Looked at before reading: what a container wrote before its end is there when it has ended.
      const over = !container.running;
      const { bytesRead, buffer } = await spool.read(Buffer.allocUnsafe(readSize), 0, readSize, offset);
      if (end.aborted) return;
      // Whoever reads more slowly than the log is kept misses what was given back.
      const freed = container.spoolFreed;
      if (freed > offset) offset = freed;
      else if (bytesRead > 0) {
        offset += bytesRead;
        yield buffer.subarray(0, bytesRead);
      } else if (over) return;
      else await woken;
    }
  } finally {
    forget();
    watcher.close();
    await spool.close();
  }
}

/** The writing end of the container's FIFO. */
function stdinOf({ folder, meta }: ProcessContainer): Writable {
  const fd = openSync(folder.stdinPath, constants.O_WRONLY | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: false, writable: true });
  socket.on('error', () => socket.destroy());
  // The container's stdin ends when nobody holds it open: the holder goes with the first who has said all.
  if (meta.stdinOnce) socket.once('finish', () => void letGo(folder.stdinHolderPath));
  return socket;
}

async function letGo(path: string): Promise<void> {
  const pid = Number(await readFile(path, 'utf8').catch(() => ''));
  if (!(pid > 1)) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has gone with the container.
  }
}
