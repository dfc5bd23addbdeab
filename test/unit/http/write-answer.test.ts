// An answer on the wire of HTTP.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { WatchFrames } from '../../../hub/apiserver/http/watch-frames.ts';
import { writeAnswer } from '../../../hub/apiserver/http/write-answer.ts';
import { JsonTexts, type RestAnswer } from '../../../hub/apiserver/index.ts';
import { ApiError, deepFreeze } from '../../../shared/machinery/index.ts';

async function answering<T>(answer: () => RestAnswer, ask: (port: number) => Promise<T>): Promise<T> {
  const texts = new JsonTexts();
  const frames = new WatchFrames(texts);
  const server = createServer((_, response) => {
    void writeAnswer(response, answer(), { texts, frames, encoding: 'json', gzip: false });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await ask((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}

function headersOf(answer: RestAnswer): Promise<Headers> {
  return answering(
    () => answer,
    async (port) => {
      const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
      await response.arrayBuffer();
      return response.headers;
    },
  );
}

const refusal = (error: ApiError): RestAnswer => ({
  type: 'object',
  code: error.code,
  body: error.toStatus(),
});

describe('a refusal over HTTP', () => {
  it('says in the header too when to come back', async () => {
    const headers = await headersOf(
      refusal(new ApiError('TooManyRequests', 'later', { retryAfterSeconds: 10 })),
    );
    expect(headers.get('retry-after')).to.equal('10');
  });

  it('says nothing of that where it does not know', async () => {
    const headers = await headersOf(refusal(new ApiError('TooManyRequests', 'no', { causes: [] })));
    expect(headers.has('retry-after')).to.equal(false);
  });
});

describe('a watch over HTTP', () => {
  const object = deepFreeze({ kind: 'Pod', metadata: { name: 'é', uid: '1', resourceVersion: '7' } });
  const sent = [
    { type: 'ADDED', object },
    { type: 'DELETED', object },
    { type: 'ADDED', object },
    { type: 'BOOKMARK', object: { kind: 'Pod', metadata: { resourceVersion: '8' } } },
  ];
  const lines = sent.map((event) => `${JSON.stringify(event)}\n`);
  const watch = (): RestAnswer => ({
    type: 'watch',
    code: 200,
    events: Readable.from(sent),
    contentType: 'application/json',
  });

  /** All that comes over the connection, to its end. */
  const raw = (version: string) =>
    answering(watch, (port) => {
      const socket = connect(port, '127.0.0.1');
      socket.write(`GET / HTTP/${version}\r\nhost: x\r\nconnection: close\r\n\r\n`);
      return text(socket);
    });

  it('is a line for each event, to each of many', async () => {
    const heard = await answering(watch, (port) =>
      Promise.all([1, 2, 3].map(async () => (await fetch(`http://127.0.0.1:${port}/`)).text())),
    );
    for (const body of heard) expect(body).to.equal(lines.join(''));
  });

  it('has each line in a chunk of its own, and an end', async () => {
    const [head = '', ...body] = (await raw('1.1')).split('\r\n\r\n');
    expect(head).to.match(/transfer-encoding: chunked/i);
    const chunks = lines.map((line) => `${Buffer.byteLength(line).toString(16)}\r\n${line}\r\n`);
    expect(body.join('\r\n\r\n')).to.equal(`${chunks.join('')}0\r\n\r\n`);
  });

  it('has no chunks for a client of HTTP/1.0', async () => {
    const [, body] = (await raw('1.0')).split('\r\n\r\n');
    expect(body).to.equal(lines.join(''));
  });
});
