// exec and attach over a WebSocket. Messages carry the same channel numbers as the stream to the node does, so they are
// passed on; the last one says how it ended.

import type { Duplex } from 'node:stream';
import {
  channelMessages,
  channels,
  encodeChannel,
  failedStatus,
  writeTo,
} from '../../../../shared/bus/index.ts';
import type { Status } from '../../../../shared/machinery/index.ts';
import type { CommandStreams } from '../../node-streams.ts';
import type { StreamSession } from '../../stream-session.ts';
import type { WebSocketMessages } from './web-socket-messages.ts';

/** The better one first: v5 can also close stdin, those before v4 hear of failures alone. Named by none: the oldest. */
export const remoteCommandProtocols = [
  ...['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v4.base64.channel.k8s.io'],
  ...['channel.k8s.io', 'base64.channel.k8s.io', ''],
];
const endsWithStatus = /^v[45]\./;

type Command = Extract<StreamSession, { kind: 'command' }>;

/** Resolves when it is over and the client was told how. */
export async function serveRemoteCommand(
  messages: WebSocketMessages,
  command: Command,
  protocol: string,
): Promise<void> {
  const { streams } = command;
  const finish = (status: Status) => sayHowItEnded(messages, status, protocol);
  let stream: Duplex;
  try {
    await messages.send(Buffer.of(firstChannel(streams)));
    stream = await command.open(messages.gone);
  } catch (error) {
    return finish(failedStatus(error));
  }
  const incoming = pass(messages, stream, streams);
  try {
    await finish(await answer(messages, stream));
  } catch (error) {
    await finish(failedStatus(error));
  } finally {
    stream.destroy();
    await incoming;
  }
}

/** Upstream says with an empty message on it that the connection stands. */
function firstChannel({ stdout, stderr }: CommandStreams): number {
  if (stdout) return channels.stdout;
  return stderr ? channels.stderr : channels.status;
}

/** What the client says. Its end ends the command. */
async function pass(messages: WebSocketMessages, stream: Duplex, streams: CommandStreams): Promise<void> {
  const taken = [
    ...(streams.stdin ? [channels.stdin, channels.close] : []),
    ...(streams.tty ? [channels.resize] : []),
  ];
  try {
    for await (const message of messages.read()) {
      const channel = message[0] ?? -1;
      const bytes = message.subarray(1);
      const closesOther = channel === channels.close && bytes[0] !== channels.stdin;
      if (!taken.some((each) => each === channel) || closesOther) continue;
      await writeTo(stream, encodeChannel(channel, bytes));
    }
  } catch {
    // The command is over: what is still said to it is said to nobody.
  }
  // Without the client nobody waits for the command any more.
  if (messages.gone.aborted) stream.destroy();
}

/** What the node says; answers the Status with which it ends. */
async function answer(messages: WebSocketMessages, stream: Duplex): Promise<Status> {
  for await (const { channel, bytes } of channelMessages(stream)) {
    if (channel === channels.status) return JSON.parse(bytes.toString());
    if (!(await messages.send(Buffer.concat([Buffer.of(channel), bytes])))) break;
  }
  throw new Error('the stream ended before the command did');
}

async function sayHowItEnded(messages: WebSocketMessages, status: Status, protocol: string): Promise<void> {
  const text = endsWithStatus.test(protocol)
    ? JSON.stringify(status)
    : status.status === 'Failure' && status.message;
  if (text) await messages.send(Buffer.concat([Buffer.of(channels.status), Buffer.from(text)]));
  messages.close();
}
