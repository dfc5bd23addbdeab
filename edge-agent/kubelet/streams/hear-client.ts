// What the other side of a command's stream says: stdin and its end, and the size of the terminal.

import type { Duplex, Writable } from 'node:stream';
import { channelMessages, channels, writeTo } from '../../../shared/bus/index.ts';
import { isRecord } from '../../../shared/machinery/index.ts';

interface Terminal {
  resize(columns: number, rows: number): void;
}

/** Until the other side says nothing more; never rejects. */
export async function hearClient(
  stream: Duplex,
  stdin: Writable | undefined,
  terminal: Terminal,
): Promise<void> {
  try {
    for await (const { channel, bytes } of channelMessages(stream)) {
      if (channel === channels.resize) resize(terminal, bytes);
      else if (channel === channels.close) stdin?.end();
      else if (channel === channels.stdin && stdin && bytes.length > 0) {
        // Who has ended, or closed its stdin, is told nothing more; the rest is read all the same.
        await writeTo(stdin, bytes).catch(() => {});
      }
    }
    stdin?.end();
  } catch {
    // The stream is cut, which ends the command: serve… sees to that.
  }
}

const largest = 10_000;

function resize(terminal: Terminal, bytes: Buffer): void {
  let size: unknown;
  try {
    size = JSON.parse(bytes.toString());
  } catch {
    return; // not a size
  }
  const { Width: columns, Height: rows } = isRecord(size) ? size : {};
  if (isSize(columns) && isSize(rows)) terminal.resize(columns, rows);
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < largest;
}
