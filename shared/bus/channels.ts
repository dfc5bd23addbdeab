// Several channels in one stream: each message is one byte of channel, four of length, then the payload. The numbers are
// those of Kubernetes' remote command protocol, so that the hub passes messages on as they are.

import type { Duplex, Readable, Writable } from 'node:stream';
import { ApiError, type Status } from '../machinery/index.ts';
import { statusOf } from './credit-stream.ts';

export const channels = {
  stdin: 0,
  stdout: 1,
  stderr: 2,
  /** JSON of the Status with which the command ended: the last message. */
  status: 3,
  /** JSON `{Width, Height}` of the terminal, in characters. */
  resize: 4,
  /** One byte: the channel on which nothing more is said. */
  close: 255,
} as const;

export interface ChannelMessage {
  channel: number;
  bytes: Buffer;
}

const headLength = 5;
/** Bytes of one message; longer ones are sent in parts. */
const longestMessage = 64 * 1024;

/** The message on the wire; more bytes than go into one message become several. */
export function encodeChannel(channel: number, bytes: Uint8Array): Buffer {
  const parts: Uint8Array[] = [];
  let from = 0;
  do {
    const body = bytes.subarray(from, from + longestMessage);
    const head = Buffer.alloc(headLength);
    head.writeUInt8(channel);
    head.writeUInt32BE(body.length, 1);
    parts.push(head, body);
    from += body.length;
  } while (from < bytes.length);
  return Buffer.concat(parts);
}

/** The messages in a stream of bytes. Throws BadRequest for a message that is longer than any that is sent. */
export async function* channelMessages(source: Readable): AsyncGenerator<ChannelMessage> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    while (rest.length - from >= headLength) {
      const length = rest.readUInt32BE(from + 1);
      if (length > longestMessage) throw new ApiError('BadRequest', `a message of ${length} bytes`);
      const end = from + headLength + length;
      if (rest.length < end) break;
      yield { channel: rest.readUInt8(from), bytes: rest.subarray(from + headLength, end) };
      from = end;
    }
    rest = rest.subarray(from);
  }
}

/** Resolves once there is room for more; rejects when the stream is closed. */
export function writeTo(stream: Writable, bytes: Uint8Array): Promise<void> {
  if (stream.destroyed || stream.writableEnded) return Promise.reject(closed(stream));
  if (stream.write(bytes)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const done = () => {
      stream.off('drain', drained);
      stream.off('close', gone);
    };
    const drained = () => {
      done();
      resolve();
    };
    const gone = () => {
      done();
      reject(closed(stream));
    };
    stream.once('drain', drained);
    stream.once('close', gone);
  });
}

/** Says how a command ended, and that nothing more comes. */
export async function endWithStatus(stream: Duplex, status: Status): Promise<void> {
  if (stream.destroyed || stream.writableEnded) return;
  await writeTo(stream, encodeChannel(channels.status, Buffer.from(JSON.stringify(status)))).catch(() => {
    // The other side has gone: there is nobody to tell.
  });
  if (!stream.destroyed) stream.end();
}

/** The Status of a command that ended with that code, in the words of Kubernetes' remotecommand. */
export function exitStatus(code: number): Status {
  if (code === 0) return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: `${code}` }] },
  };
}

/** The Status of a command that could not be run, in the kubelet's words. */
export function failedStatus(error: unknown): Status {
  if (error instanceof ApiError) return error.toStatus();
  const message = error instanceof Error ? error.message : String(error);
  return statusOf(new ApiError('InternalError', `Internal error occurred: ${message}`));
}

function closed({ errored }: Writable): Error {
  return errored ?? new Error('the stream is closed');
}
