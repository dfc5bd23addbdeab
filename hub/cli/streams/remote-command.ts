// Speaks with a command in a container: v5.channel.k8s.io from the client's side. exec, attach and cp share it.

import type { Readable, Writable } from 'node:stream';
import { UserError } from '../../../shared/base/index.ts';
import { channels, writeTo } from '../../../shared/bus/index.ts';
import type { Status } from '../../../shared/machinery/index.ts';
import type { Access } from '../kubeconfig.ts';
import { bytesOf, isStatus, openWebSocket, sendOn } from './open-web-socket.ts';

const protocol = 'v5.channel.k8s.io';

export interface RemoteCommand {
  /** With its query. */
  path: string;
  stdin?: Readable;
  stdout?: Writable;
  stderr?: Writable;
  /** Calls back with the terminal's size, now and whenever it changes; answers how to stop that. */
  sizes?(changed: (size: { columns: number; rows: number }) => void): () => void;
  /** Ends it from here. */
  signal: AbortSignal;
}

/** Resolves with how it ended. Throws ApiError where it was refused, UserError where the connection was lost. */
export async function runRemoteCommand(access: Access, command: RemoteCommand): Promise<Status> {
  const { stdin, stdout, stderr, sizes, signal } = command;
  const socket = await openWebSocket(access, command.path, protocol);
  const outputs = new Map([
    [channels.stdout as number, stdout],
    [channels.stderr as number, stderr],
  ]);
  let status: Status | undefined;
  let writing: Promise<void> = Promise.resolve();
  const over = new Promise<Status>((resolve, reject) => {
    socket.on('message', (data) => {
      const message = bytesOf(data);
      const bytes = message.subarray(1);
      if (message[0] === channels.status) status ??= parse(bytes);
      const output = outputs.get(message[0] ?? -1);
      if (!output || bytes.length === 0) return;
      // A slow reader here holds the command there.
      socket.pause();
      writing = writeTo(output, bytes)
        .catch(() => socket.terminate())
        .finally(() => socket.resume());
    });
    socket.once('close', (code, reason) => {
      const why = reason.toString() || `code ${code}`;
      const lost = new UserError(`the connection ended before the command did: ${why}`);
      writing.then(() => (status ? resolve(status) : reject(signal.aborted ? signal.reason : lost)), reject);
    });
  });
  const abort = () => socket.terminate();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  const forgetSizes = sizes?.(({ columns, rows }) => {
    const size = Buffer.from(JSON.stringify({ Width: columns, Height: rows }));
    sendOn(socket, Buffer.concat([Buffer.of(channels.resize), size])).catch(() => {});
  });
  socket.resume();
  if (stdin) void say(stdin, (bytes) => sendOn(socket, bytes));
  try {
    return await over;
  } finally {
    forgetSizes?.();
    signal.removeEventListener('abort', abort);
    // Whoever types is no longer listened to, and does not keep this program alive.
    stdin?.destroy();
  }
}

/** Everything that is said, then that this was all. */
async function say(stdin: Readable, send: (bytes: Buffer) => Promise<void>): Promise<void> {
  try {
    for await (const chunk of stdin as AsyncIterable<Buffer>) {
      await send(Buffer.concat([Buffer.of(channels.stdin), chunk]));
    }
    await send(Buffer.of(channels.close, channels.stdin));
  } catch {
    // The command has ended: it is told nothing more.
  }
}

function parse(bytes: Buffer): Status | undefined {
  if (bytes.length === 0) return undefined;
  const value: unknown = JSON.parse(bytes.toString());
  return isStatus(value) ? value : undefined;
}
