// One command in a container, talked to over channel messages; the last message says how it ended.

import type { Duplex } from 'node:stream';
import { type Clock, messageOf } from '../../../shared/base/index.ts';
import { channels, endWithStatus, exitStatus, failedStatus } from '../../../shared/bus/index.ts';
import type { StreamRequest } from '../../link/index.ts';
import type { RunningExec, Runtime } from '../../runtime/index.ts';
import { ClientWords } from './client-words.ts';
import { Pump } from './pump.ts';

interface Serving {
  stream: Duplex;
  runtime: Runtime;
  /** The container's. */
  id: string;
  request: Extract<StreamRequest, { kind: 'exec' }>;
  clock: Clock;
}

/** What a command left behind may hold its output open: the end is looked for. */
const lookMs = 20;
/** For the size of a terminal: a command that asks for it first thing is not told another. */
const sizeWithinMs = 500;

/** Resolves when the other side has taken all, or has gone: then nothing of the command is left. */
export async function serveExec({ stream, runtime, id, request, clock }: Serving): Promise<void> {
  const { command, tty } = request;
  const words = new ClientWords(stream);
  const size = tty ? await words.size(clock, sizeWithinMs) : undefined;
  let exec: RunningExec;
  try {
    exec = await runtime.execStream(id, { command, tty, ...(size && { size }) });
  } catch (error) {
    const why = messageOf(error);
    return endWithStatus(stream, failedStatus(new Error(`error executing command in container: ${why}`)));
  }
  const ended = untilClosed(stream);
  let over = false;
  // What a command that has ended left in the background is the container's.
  stream.once('close', () => {
    if (!over) exec.kill();
  });
  if (stream.destroyed) exec.kill();
  const client = words.hear(request.stdin ? exec.stdin : undefined, exec);
  // A terminal hangs up when its stdin ends; other commands see the end of what nobody says.
  if (!request.stdin && !tty) exec.stdin.end();
  const pumps = [
    new Pump({ source: exec.stdout, stream, clock, ...(request.stdout && { channel: channels.stdout }) }),
    ...(exec.stderr
      ? [
          new Pump({
            source: exec.stderr,
            stream,
            clock,
            ...(request.stderr && { channel: channels.stderr }),
          }),
        ]
      : []),
  ];
  try {
    const code = await exec.exited;
    over = true;
    while (!stream.destroyed && !pumps.every((pump) => pump.isDone)) await clock.sleep(lookMs);
    await endWithStatus(stream, exitStatus(code));
  } finally {
    for (const output of [exec.stdout, exec.stderr]) output?.destroy();
    exec.stdin.destroy();
  }
  await ended;
  await client;
}

function untilClosed(stream: Duplex): Promise<void> {
  if (stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => stream.once('close', () => resolve()));
}
