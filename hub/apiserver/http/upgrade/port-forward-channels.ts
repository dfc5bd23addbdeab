// Port forwarding over channels: one connection per `ports=`, on two channels each: 2n its bytes, 2n+1 what
// went wrong. Both begin with the port's number in two bytes, little-endian.

import type { Duplex } from 'node:stream';
import { writeTo } from '../../../../shared/bus/index.ts';
import { ApiError } from '../../../../shared/machinery/index.ts';
import type { StreamSession } from '../../stream-session.ts';
import type { WebSocketMessages } from './web-socket-messages.ts';

export const portChannelProtocols = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io', ''];

type Ports = Extract<StreamSession, { kind: 'ports' }>;

/** Resolves when every connection is over or the client has gone. */
export async function servePortChannels(messages: WebSocketMessages, session: Ports): Promise<void> {
  const { ports } = session;
  await Promise.all(
    ports.flatMap((port, index) =>
      [2 * index, 2 * index + 1].map((channel) => messages.send(head(channel, port))),
    ),
  );
  const opened = ports.map((port) => connection(messages, session, port));
  const incoming = pass(messages, opened);
  await Promise.all(
    opened.map(async (opening, index) => {
      const failure = await answer(messages, opening, 2 * index);
      if (failure) await messages.send(Buffer.concat([Buffer.of(2 * index + 1), Buffer.from(failure)]));
    }),
  );
  messages.close();
  await incoming;
}

function head(channel: number, port: number): Buffer {
  const bytes = Buffer.alloc(3);
  bytes.writeUInt8(channel);
  bytes.writeUInt16LE(port, 1);
  return bytes;
}

function connection(messages: WebSocketMessages, session: Ports, port: number): Promise<Duplex> {
  const opening = session.connect(port, messages.gone);
  opening.catch(() => {
    // `answer` says so.
  });
  return opening;
}

async function pass(messages: WebSocketMessages, opened: readonly Promise<Duplex>[]): Promise<void> {
  for await (const message of messages.read()) {
    const channel = message[0] ?? 0;
    const opening = channel % 2 === 0 ? opened[channel / 2] : undefined;
    if (!opening || message.length === 1) continue;
    try {
      await writeTo(await opening, message.subarray(1));
    } catch {
      // That connection is over; the others are not.
    }
  }
  for (const opening of opened) opening.then((stream) => stream.destroy()).catch(() => {});
}

/** Answers what went wrong; empty: nothing. */
async function answer(
  messages: WebSocketMessages,
  opening: Promise<Duplex>,
  channel: number,
): Promise<string> {
  try {
    const stream = await opening;
    for await (const bytes of stream as AsyncIterable<Buffer>) {
      if (!(await messages.send(Buffer.concat([Buffer.of(channel), bytes])))) break;
    }
    return '';
  } catch (error) {
    if (messages.gone.aborted) return '';
    return error instanceof ApiError || error instanceof Error ? error.message : String(error);
  }
}
