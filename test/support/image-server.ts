// A web server on loopback with one file, which can break off, be slow, forget what it promised, and knows ranges.

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export class ImageServer {
  readonly requests: { path: string; range: string | undefined; status: number }[] = [];
  /** Path → what is there. */
  readonly files = new Map<string, Buffer>();
  /** After so many bytes of each answer the connection breaks; undefined: never. */
  breakAfter: number | undefined;
  /** Bytes of each answer in a second; undefined: as fast as it can. */
  pace: number | undefined;
  /** Every request is answered by this status. */
  refuseWith: number | undefined;
  /** Answers that are not at their end. */
  underWay = 0;
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => this.answer(request, response));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '/';
    const file = this.files.get(path);
    const status = this.refuseWith ?? (file ? statusFor(request, file) : 404);
    this.requests.push({ path, range: request.headers.range, status });
    if (!file || (status !== 200 && status !== 206)) return void response.writeHead(status).end();
    const from = status === 206 ? Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
    const content = file.subarray(from);
    response.writeHead(status, { 'content-length': content.length, etag: etagOf(file) });
    if (this.pace !== undefined) return void this.trickle(response, content);
    if (this.breakAfter === undefined || this.breakAfter >= content.length) return void response.end(content);
    response.write(content.subarray(0, this.breakAfter), () => response.destroy());
  }

  private trickle(response: ServerResponse, content: Buffer): void {
    let sent = 0;
    this.underWay++;
    const timer = setInterval(() => {
      const next = sent + Math.ceil((this.pace ?? content.length * 10) / 10);
      response.write(content.subarray(sent, next));
      sent = next;
      if (sent >= content.length) response.end();
    }, 100);
    response.on('close', () => {
      clearInterval(timer);
      this.underWay--;
    });
  }
}

const etagOf = (file: Buffer) => `"${createHash('sha256').update(file).digest('hex').slice(0, 16)}"`;

function statusFor({ headers }: IncomingMessage, file: Buffer): number {
  if (headers['if-none-match'] === etagOf(file)) return 304;
  const current = headers['if-range'] === undefined || headers['if-range'] === etagOf(file);
  return headers.range && current ? 206 : 200;
}
