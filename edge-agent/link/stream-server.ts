// Serves the streams that the hub opens to this node.

import type { Logger } from '../../shared/base/index.ts';
import {
  CreditStream,
  decodeFrame,
  encodeFrame,
  type Frame,
  parseTopic,
  statusOf,
} from '../../shared/bus/index.ts';
import { ApiError } from '../../shared/machinery/index.ts';
import { parseStreamRequest } from './stream-request.ts';
import type { StreamSource } from './stream-source.ts';

export interface StreamServerOptions {
  source: StreamSource;
  log: Logger;
  /** Hands a frame to the connection; never throws. */
  send(id: string, frame: Buffer): void;
  /** Streams at once; default 256. */
  limit?: number;
}

export class StreamServer {
  private readonly options: StreamServerOptions;
  private readonly streams = new Map<string, CreditStream>();

  constructor(options: StreamServerOptions) {
    this.options = options;
  }

  /** A message of `streams/+/hub`. */
  take(topic: string, payload: Buffer): void {
    const parsed = parseTopic(topic);
    const frame = decodeFrame(payload);
    if (parsed?.kind !== 'stream' || !frame) return;
    if (frame.type === 'open') void this.open(parsed.id, frame.request);
    else this.streams.get(parsed.id)?.receive(frame);
  }

  /** The connection is gone, and every stream with it. */
  closeAll(): void {
    for (const stream of this.streams.values())
      stream.destroy(new Error('the connection to the hub is gone'));
  }

  private async open(id: string, asked: unknown): Promise<void> {
    const { source, log, limit = 256 } = this.options;
    const send = (frame: Frame) => this.options.send(id, encodeFrame(frame));
    const stream = new CreditStream({ send });
    let accepted = false;
    stream.on('error', (error) => log.debug({ id, reason: error.message }, 'a stream has ended'));
    try {
      if (this.streams.size >= limit)
        throw new ApiError('TooManyRequests', `${limit} streams are open already`);
      const request = parseStreamRequest(asked);
      if (!request) throw new ApiError('BadRequest', 'this agent does not know this kind of stream');
      this.streams.set(id, stream);
      stream.once('close', () => this.streams.delete(id));
      const serve = await source.open(request);
      if (!stream.destroyed) send({ type: 'accept' });
      accepted = true;
      await serve(stream);
    } catch (error) {
      if (stream.destroyed) return;
      if (accepted) stream.destroy(error instanceof Error ? error : new Error(String(error)));
      else {
        send({ type: 'refuse', status: statusOf(error) });
        stream.receive({ type: 'close' });
      }
    }
  }
}
