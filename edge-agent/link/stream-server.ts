// Serves the streams that the hub opens to this node.

import { pipeline } from 'node:stream/promises';
import type { Logger } from '../../shared/base/index.ts';
import {
  CreditStream,
  decodeFrame,
  encodeFrame,
  type Frame,
  parseTopic,
  statusOf,
} from '../../shared/bus/index.ts';
import { ApiError, isRecord } from '../../shared/machinery/index.ts';
import type { LogRequest, LogSource } from './log-source.ts';

export interface StreamServerOptions {
  logSource: LogSource;
  log: Logger;
  /** Hands a frame to the connection; never throws. */
  send(id: string, frame: Buffer): void;
  /** Streams at once; default 64. */
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
    const { logSource, log, limit = 64 } = this.options;
    const send = (frame: Frame) => this.options.send(id, encodeFrame(frame));
    const stream = new CreditStream({ send });
    stream.on('error', (error) => log.debug({ id, reason: error.message }, 'a stream has ended'));
    try {
      if (this.streams.size >= limit)
        throw new ApiError('TooManyRequests', `${limit} streams are open already`);
      if (!isLogRequest(asked))
        throw new ApiError('BadRequest', 'this agent serves streams of kind "log" only');
      this.streams.set(id, stream);
      stream.once('close', () => this.streams.delete(id));
      const source = await logSource.open(asked);
      if (stream.destroyed) {
        source.destroy();
        return;
      }
      send({ type: 'accept' });
      stream.resume(); // nothing is said to a log
      await pipeline(source, stream);
    } catch (error) {
      if (stream.destroyed) return;
      send({ type: 'refuse', status: statusOf(error) });
      stream.receive({ type: 'close' });
    }
  }
}

function isLogRequest(value: unknown): value is LogRequest {
  if (!isRecord(value) || value.kind !== 'log' || !isRecord(value.options)) return false;
  return [value.namespace, value.pod, value.uid, value.container].every((field) => typeof field === 'string');
}
