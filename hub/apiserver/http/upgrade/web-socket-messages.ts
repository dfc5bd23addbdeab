// A WebSocket as a stream of messages with backpressure in both directions.

import { setMaxListeners } from 'node:events';
import type { RawData, WebSocket } from 'ws';
import type { MessageForm } from './message-form.ts';

/** Bytes of messages that wait for their reader; the connection is held back then. */
const mostWaiting = 256 * 1024;

export class WebSocketMessages {
  private readonly socket: WebSocket;
  private readonly form: MessageForm;
  private readonly waiting: Buffer[] = [];
  private size = 0;
  private ended = false;
  private wake: (() => void) | undefined;
  private readonly over = new AbortController();

  /** Must be made in the same turn in which the socket opens: nothing is missed then. */
  constructor(socket: WebSocket, form: MessageForm) {
    this.socket = socket;
    this.form = form;
    // Every connection that is forwarded listens for the end.
    setMaxListeners(0, this.over.signal);
    socket.on('message', (data) => this.take(data));
    socket.on('close', () => this.finish());
    // Whatever went wrong, 'close' follows.
    socket.on('error', () => socket.terminate());
  }

  /** Aborted when the client has gone, or was said good-bye to. */
  get gone(): AbortSignal {
    return this.over.signal;
  }

  /** Until the client closes. One reader. */
  async *read(): AsyncGenerator<Buffer> {
    for (;;) {
      const message = this.waiting.shift();
      if (message) {
        this.size -= message.length;
        if (this.socket.isPaused && this.size < mostWaiting) this.socket.resume();
        yield message;
      } else if (this.ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    }
  }

  /** Resolves when the connection has taken it; false: the client has gone. */
  send(bytes: Uint8Array): Promise<boolean> {
    if (this.socket.readyState !== this.socket.OPEN) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.socket.send(this.form.write(bytes), (error) => resolve(!error));
    });
  }

  /** With WebSocket's own codes: 1000 all is said, 1011 something went wrong here. */
  close(code = 1000, reason = ''): void {
    this.socket.resume();
    this.socket.close(code, reason);
  }

  private take(data: RawData): void {
    const bytes = Array.isArray(data)
      ? Buffer.concat(data)
      : Buffer.isBuffer(data)
        ? data
        : Buffer.from(data);
    this.waiting.push(this.form.read(bytes));
    this.size += bytes.length;
    if (this.size >= mostWaiting) this.socket.pause();
    this.awake();
  }

  private finish(): void {
    this.ended = true;
    this.over.abort();
    this.awake();
  }

  private awake(): void {
    this.wake?.();
    this.wake = undefined;
  }
}
