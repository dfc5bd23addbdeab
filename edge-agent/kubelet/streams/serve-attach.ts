// Joins a container's main process over channel messages, until it ends or the other side goes; it runs on then.

import type { Duplex } from 'node:stream';
import { messageOf } from '../../../shared/base/index.ts';
import {
  channels,
  encodeChannel,
  endWithStatus,
  exitStatus,
  failedStatus,
  writeTo,
} from '../../../shared/bus/index.ts';
import type { StreamRequest } from '../../link/index.ts';
import type { AttachedContainer, Runtime } from '../../runtime/index.ts';
import { ClientWords } from './client-words.ts';

interface Serving {
  stream: Duplex;
  runtime: Runtime;
  /** The container's. */
  id: string;
  request: Extract<StreamRequest, { kind: 'attach' }>;
}

export async function serveAttach({ stream, runtime, id, request }: Serving): Promise<void> {
  let attached: AttachedContainer;
  try {
    attached = await runtime.attachStream(id);
  } catch (error) {
    const why = messageOf(error);
    return endWithStatus(stream, failedStatus(new Error(`error attaching to container: ${why}`)));
  }
  const { output, stdin } = attached;
  const closed = new Promise<void>((resolve) => stream.once('close', () => resolve()));
  stream.once('close', () => attached.detach());
  if (stream.destroyed) return attached.detach();
  if (request.stdin && !stdin) {
    attached.detach();
    const message =
      'error attaching to container: it was not started with stdin: true, so it cannot be told anything';
    return endWithStatus(stream, failedStatus(new Error(message)));
  }
  const client = new ClientWords(stream).hear(request.stdin ? stdin : undefined, attached);
  try {
    // Both outputs of a container are one here.
    const channel = request.stdout ? channels.stdout : channels.stderr;
    for await (const chunk of output as AsyncIterable<Buffer>) {
      if (request.stdout || request.stderr) await writeTo(stream, encodeChannel(channel, chunk));
    }
    await endWithStatus(stream, exitStatus(0));
  } catch {
    // The other side has gone; the container runs on.
  } finally {
    attached.detach();
  }
  if (!stream.destroyed) await closed;
  await client;
}
