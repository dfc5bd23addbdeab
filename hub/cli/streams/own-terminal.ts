// The terminal that this program runs in: raw while a command elsewhere has it, and its size.

import { ReadStream, WriteStream } from 'node:tty';

/** Undefined: stdin is none. Answers how to give it back. */
export function takeTerminal(stdin: NodeJS.ReadStream): (() => void) | undefined {
  if (!(stdin instanceof ReadStream) || !stdin.isTTY) return undefined;
  stdin.setRawMode(true);
  return () => stdin.setRawMode(false);
}

export function followSize(
  out: NodeJS.WritableStream,
  changed: (size: { columns: number; rows: number }) => void,
): () => void {
  if (!(out instanceof WriteStream)) return () => {};
  const say = () => changed({ columns: out.columns, rows: out.rows });
  out.on('resize', say);
  say();
  return () => out.off('resize', say);
}
