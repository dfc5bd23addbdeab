// What else would be the body of an answer, e.g. a log, over a WebSocket.

import type { Readable } from 'node:stream';
import type { WebSocketMessages } from './web-socket-messages.ts';

export const byteProtocols = ['binary.k8s.io', 'base64.binary.k8s.io', ''];

/** Resolves when all is sent or the client has gone; what it says is nothing to us. */
export async function serveBytes(messages: WebSocketMessages, stream: Readable): Promise<void> {
  const incoming = forget(messages, stream);
  // Upstream says with an empty message that the connection stands.
  await messages.send(Buffer.alloc(0));
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (!(await messages.send(chunk))) break;
    }
  } catch (error) {
    if (!messages.gone.aborted) throw error;
  } finally {
    stream.destroy();
  }
  messages.close();
  await incoming;
}

/** A client that goes ends what it reads. */
async function forget(messages: WebSocketMessages, stream: Readable): Promise<void> {
  for await (const _ of messages.read());
  stream.destroy();
}
