// The leanest HTTPS client: requests that are bytes already, one at a time on a connection that stays. What it costs
// is hardly anything beside what it measures.

import { connect, type TLSSocket } from 'node:tls';

export interface Access {
  host: string;
  port: number;
  /** PEM */
  ca: string;
  cert: string;
  key: string;
}

export interface RawAnswer {
  code: number;
  /** As it came: where it came in chunks, with their lengths. */
  body: Buffer;
}

const headEnd = Buffer.from('\r\n\r\n');
const chunksEnd = Buffer.from('\r\n0\r\n\r\n');

export function openTls({ host, port, ca, cert, key }: Access): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, ca, cert, key, ALPNProtocols: ['http/1.1'] }, () => {
      socket.setNoDelay(true);
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** The bytes of a request. */
export function requestBytes(method: string, path: string, body?: unknown): Buffer {
  const text = body === undefined ? '' : JSON.stringify(body);
  const typed =
    body === undefined
      ? ''
      : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n`;
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nhost: kelp\r\naccept: application/json\r\n${typed}\r\n${text}`,
  );
}

export class RawHttps {
  private readonly socket: TLSSocket;
  private received: Buffer[] = [];
  private length = 0;
  /** Bytes of the whole answer; absent where it comes in chunks. */
  private expected: number | undefined;
  /** Empty until it is there. */
  private head = '';
  private waiting: { resolve(answer: RawAnswer): void; reject(error: Error): void } | undefined;

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('error', (error) => this.waiting?.reject(error));
    socket.on('close', () => this.waiting?.reject(new Error('the connection was closed')));
  }

  static async open(access: Access): Promise<RawHttps> {
    return new RawHttps(await openTls(access));
  }

  /** One at a time. */
  ask(request: Buffer): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(request);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.received.push(chunk);
    this.length += chunk.length;
    if (this.head === '') this.readHead();
    if (this.head === '' || !this.isWhole(chunk)) return;
    const all = Buffer.concat(this.received);
    const { head, waiting } = this;
    this.received = [];
    this.length = 0;
    this.expected = undefined;
    this.head = '';
    this.waiting = undefined;
    waiting?.resolve({ code: Number(head.slice(9, 12)), body: all.subarray(head.length + headEnd.length) });
  }

  private isWhole(last: Buffer): boolean {
    if (this.expected !== undefined) return this.length >= this.expected;
    const tail =
      last.length < chunksEnd.length ? Buffer.concat(this.received.slice(-chunksEnd.length)) : last;
    return tail.subarray(-chunksEnd.length).equals(chunksEnd);
  }

  private readHead(): void {
    const all = Buffer.concat(this.received);
    this.received = [all];
    const end = all.indexOf(headEnd);
    if (end < 0) return;
    this.head = all.toString('latin1', 0, end);
    const length = /\r\ncontent-length: (\d+)/i.exec(this.head)?.[1];
    this.expected = length === undefined ? undefined : end + headEnd.length + Number(length);
  }
}
