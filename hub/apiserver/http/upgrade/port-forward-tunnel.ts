// Port forwarding as kubectl 1.30 and newer do it: SPDY/3.1 frames within the binary messages of a WebSocket
// (KEP-4006). For each local connection the client opens two streams with the same request id: one for errors, one for
// data. The data stream becomes a connection to the pod.

import type { Duplex } from 'node:stream';
import { writeTo } from '../../../../shared/bus/index.ts';
import type { StreamSession } from '../../stream-session.ts';
import {
  encodeSpdyFrame,
  HeaderReader,
  type Headers,
  HeaderWriter,
  type SpdyFrame,
  SpdyFrameReader,
} from '../spdy/index.ts';
import type { WebSocketMessages } from './web-socket-messages.ts';

export const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io';

type Ports = Extract<StreamSession, { kind: 'ports' }>;

interface Forwarded {
  errorStream?: number;
  dataStream?: number;
  port: number;
  connection?: Promise<Duplex>;
  /** Bytes for the pod that it has not taken. */
  unsent: number;
  ended: boolean;
}

/** Streams of one client; upstream knows no bound, a hub has to. */
const mostStreams = 1024;
/** So much of one connection may wait before all of the client's wait. */
const mostUnsent = 1024 * 1024;
const longestData = 32 * 1024;
/** RST_STREAM's status: REFUSED_STREAM. */
const refusedStream = 3;

export async function servePortTunnel(messages: WebSocketMessages, session: Ports): Promise<void> {
  const tunnel = new PortForwardTunnel(messages, session);
  await tunnel.run();
}

class PortForwardTunnel {
  private readonly messages: WebSocketMessages;
  private readonly session: Ports;
  private readonly frames = new SpdyFrameReader();
  private readonly headerReader = new HeaderReader();
  private readonly headerWriter = new HeaderWriter();
  /** By request id. */
  private readonly requests = new Map<string, Forwarded>();
  private readonly streams = new Map<number, string>();

  constructor(messages: WebSocketMessages, session: Ports) {
    this.messages = messages;
    this.session = session;
  }

  /** Until the client goes. */
  async run(): Promise<void> {
    try {
      for await (const message of this.messages.read()) {
        for (const frame of this.frames.take(message)) await this.hear(frame);
      }
    } catch (error) {
      this.messages.close(1002, error instanceof Error ? error.message.slice(0, 100) : 'not SPDY/3.1');
    } finally {
      this.headerReader.close();
      for (const id of [...this.requests.keys()]) this.drop(id);
    }
  }

  private async hear(frame: SpdyFrame): Promise<void> {
    switch (frame.type) {
      case 'synStream':
        return this.begin(frame.stream, await this.headerReader.read(frame.block));
      case 'data':
        return this.forward(frame.stream, frame.bytes, frame.fin);
      case 'rstStream':
        return this.reset(frame.stream);
      case 'ping':
        // Those with odd numbers are the client's.
        if (frame.id % 2 === 1) await this.say(frame);
        return;
      case 'headers':
      case 'synReply':
        await this.headerReader.read(frame.block); // what is compressed later builds on it
        return;
      case 'goAway':
      case 'other':
        return;
    }
  }

  private async begin(stream: number, headers: Headers): Promise<void> {
    const port = Number(headers.get('port'));
    const type = headers.get('streamtype');
    const known = type === 'error' || type === 'data';
    if (!known || !(port > 0 && port < 65536) || this.streams.size >= mostStreams) {
      await this.say({ type: 'rstStream', stream, status: refusedStream });
      return;
    }
    // Clients without request ids open the error stream first and the data stream right after it.
    const id = headers.get('requestid') ?? String(type === 'error' ? stream : stream - 2);
    const request = this.requests.get(id) ?? { port, unsent: 0, ended: false };
    this.requests.set(id, request);
    this.streams.set(stream, id);
    if (type === 'error') request.errorStream = stream;
    else request.dataStream = stream;
    await this.say({ type: 'synReply', stream, block: this.headerWriter.write(new Map()), fin: false });
    if (request.errorStream !== undefined && request.dataStream !== undefined) this.connect(id, request);
  }

  private connect(id: string, request: Forwarded): void {
    // Every write that waits for room listens for it.
    const connection = this.session
      .connect(request.port, this.messages.gone)
      .then((opened) => opened.setMaxListeners(0));
    request.connection = connection;
    this.answer(request, connection)
      .then((failure) => this.finish(id, request, failure))
      .catch(() => this.messages.close(1011, 'a connection could not be ended'));
  }

  /** From the pod to the client. Answers what went wrong; empty: nothing. */
  private async answer({ dataStream: stream = 0 }: Forwarded, connection: Promise<Duplex>): Promise<string> {
    try {
      for await (const chunk of (await connection) as AsyncIterable<Buffer>) {
        for (let from = 0; from < chunk.length; from += longestData) {
          await this.say({
            type: 'data',
            stream,
            bytes: chunk.subarray(from, from + longestData),
            fin: false,
          });
        }
      }
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  private async finish(id: string, request: Forwarded, failure: string): Promise<void> {
    const { errorStream = 0, dataStream = 0, port } = request;
    // Dropped meanwhile: nobody asks how it ended.
    if (this.requests.get(id) !== request) return;
    const text = failure === '' ? '' : `error forwarding port ${port} to pod: ${failure}`;
    await this.say({ type: 'data', stream: errorStream, bytes: Buffer.from(text), fin: true });
    await this.say({ type: 'data', stream: dataStream, bytes: Buffer.alloc(0), fin: true });
    this.drop(id);
  }

  /** From the client to the pod. */
  private async forward(stream: number, bytes: Buffer, ends: boolean): Promise<void> {
    const request = this.requests.get(this.streams.get(stream) ?? '');
    if (request?.dataStream !== stream || request.ended) return;
    request.unsent += bytes.length;
    const written = this.write(request, bytes, ends);
    if (request.unsent > mostUnsent) await written;
  }

  private async write(request: Forwarded, bytes: Buffer, ends: boolean): Promise<void> {
    request.ended ||= ends;
    try {
      const connection = await request.connection;
      if (bytes.length > 0 && connection) await writeTo(connection, bytes);
      if (ends) connection?.end();
    } catch {
      // The pod has closed: `answer` says how it ended.
    } finally {
      request.unsent -= bytes.length;
    }
  }

  private reset(stream: number): void {
    const id = this.streams.get(stream);
    if (id !== undefined && this.requests.get(id)?.dataStream === stream) this.drop(id);
    this.streams.delete(stream);
  }

  private drop(id: string): void {
    const request = this.requests.get(id);
    if (!request) return;
    this.requests.delete(id);
    for (const stream of [request.errorStream, request.dataStream]) {
      if (stream !== undefined) this.streams.delete(stream);
    }
    request.connection?.then((connection) => connection.destroy()).catch(() => {});
  }

  private async say(frame: Exclude<SpdyFrame, { type: 'other' }>): Promise<void> {
    await this.messages.send(encodeSpdyFrame(frame));
  }
}
