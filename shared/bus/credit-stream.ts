// One end of a stream over frames. Each side sends only what the other has room for, so backpressure holds through the
// broker, which knows none.

import { Duplex } from 'node:stream';
import { ApiError, type Status } from '../machinery/index.ts';
import type { Frame } from './frames.ts';

/** Bytes that may be on their way in each direction. */
export const creditWindow = 256 * 1024;
/** Bytes of one data frame. */
const longestFrame = 32 * 1024;

type Done = (error?: Error | null) => void;

export class CreditStream extends Duplex {
  private readonly send: (frame: Frame) => void;
  /** What the other side has room for. */
  private credit = creditWindow;
  /** What the other side may still send. */
  private granted = creditWindow;
  /** Taken in, and not yet granted anew: the reader has not asked for more. */
  private owed = 0;
  private unsent: { bytes: Buffer; done: Done } | undefined;
  private endedByPeer = false;
  private closedByPeer = false;

  /** `send` must keep the order and must not throw. */
  constructor({ send }: { send: (frame: Frame) => void }) {
    super({ readableHighWaterMark: 64 * 1024, writableHighWaterMark: 64 * 1024 });
    this.send = send;
  }

  /** Hands in what the other side said. */
  receive(frame: Frame): void {
    if (this.destroyed) return;
    switch (frame.type) {
      case 'data':
        this.takeIn(frame.bytes);
        return;
      case 'credit':
        this.credit += frame.bytes;
        this.flush();
        return;
      case 'end':
        this.endedByPeer = true;
        this.push(null);
        return;
      case 'close':
        this.closedByPeer = true;
        if (this.endedByPeer && frame.status === undefined) this.closeOnceRead();
        else this.destroy(frame.status === undefined ? undefined : errorOf(frame.status));
        return;
      case 'open':
      case 'accept':
      case 'refuse':
        return; // the opening is over
    }
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.unsent = { bytes: chunk, done };
    // Not at once: what is written meanwhile goes in the same frame.
    setImmediate(() => (this.closedByPeer ? this.forgetUnsent() : this.flush()));
  }

  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'binary', done);
  }

  override _final(done: Done): void {
    this.send({ type: 'end' });
    done();
  }

  override _read(): void {
    if (this.owed === 0) return;
    this.granted += this.owed;
    this.send({ type: 'credit', bytes: this.owed });
    this.owed = 0;
  }

  override _destroy(error: Error | null, done: Done): void {
    if (!this.closedByPeer) {
      this.send(error ? { type: 'close', status: statusOf(error) } : { type: 'close' });
    }
    this.unsent?.done(error ?? new Error('the stream is closed'));
    this.unsent = undefined;
    done(error);
  }

  /** All was said: what has come of it is still read. Nobody hears what is said from here. */
  private closeOnceRead(): void {
    if (this.readableEnded) this.destroy();
    else this.once('end', () => this.destroy());
    this.forgetUnsent();
  }

  private forgetUnsent(): void {
    const done = this.unsent?.done;
    this.unsent = undefined;
    done?.();
  }

  private takeIn(bytes: Buffer): void {
    this.granted -= bytes.length;
    if (this.granted < 0) {
      this.destroy(new ApiError('BadRequest', 'more was sent than there was room for'));
      return;
    }
    this.owed += bytes.length;
    // A reader that wants more asks with `_read`; few bytes wait until they are worth a frame.
    if (this.push(bytes) && this.owed >= creditWindow / 4) this._read();
  }

  private flush(): void {
    while (this.unsent && this.credit > 0) {
      const { bytes, done } = this.unsent;
      const size = Math.min(bytes.length, this.credit, longestFrame);
      this.credit -= size;
      this.send({ type: 'data', bytes: bytes.subarray(0, size) });
      if (size < bytes.length) {
        this.unsent = { bytes: bytes.subarray(size), done };
        continue;
      }
      this.unsent = undefined;
      done();
    }
  }
}

/** The wire's form of an error. */
export function statusOf(error: unknown): Status {
  if (error instanceof ApiError) return error.toStatus();
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError('InternalError', message).toStatus();
}

/** The error that a Status on the wire describes; anything else is an internal error. */
export function errorOf(status: unknown): ApiError {
  return isStatus(status) ? ApiError.fromStatus(status) : new ApiError('InternalError', 'an unknown error');
}

function isStatus(value: unknown): value is Status {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status';
}
