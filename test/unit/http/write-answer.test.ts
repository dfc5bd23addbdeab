// An answer on the wire of HTTP.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { WatchFrames } from '../../../hub/apiserver/http/watch-frames.ts';
import { writeAnswer } from '../../../hub/apiserver/http/write-answer.ts';
import { JsonTexts, type RestAnswer } from '../../../hub/apiserver/index.ts';
import { type SentEvent, WatchStream } from '../../../hub/apiserver/watch-stream.ts';
import { ApiError, deepFreeze } from '../../../shared/machinery/index.ts';

async function answering<T>(
  answer: () => RestAnswer,
  ask: (port: number) => Promise<T>,
  pretty = false,
): Promise<T> {
  const texts = new JsonTexts();
  const frames = new WatchFrames(texts);
  const server = createServer((_, response) => {
    const gzip = response.req.headers['accept-encoding'] === 'gzip';
    void writeAnswer(response, answer(), { texts, frames, encoding: 'json', gzip, pretty });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await ask((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}

const request = (version: string, connection: string) =>
  `GET / HTTP/${version}\r\nhost: x\r\nconnection: ${connection}\r\n\r\n`;

/** All that comes over a connection, to its end. */
function raw(answer: () => RestAnswer, ...requests: string[]): Promise<string> {
  return answering(answer, (port) => {
    const socket = connect(port, '127.0.0.1');
    socket.write(requests.join(''));
    return text(socket);
  });
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
  const sent: SentEvent[] = [
    { type: 'ADDED', object },
    { type: 'DELETED', object },
    { type: 'ADDED', object },
    { type: 'BOOKMARK', object: { kind: 'Pod', metadata: { resourceVersion: '8' } } },
  ];
  const lines = sent.map((event) => `${JSON.stringify(event)}\n`);
  const watch = (): RestAnswer => {
    const events = new WatchStream({ initial: sent.values(), onStop: () => undefined });
    events.end();
    return { type: 'watch', code: 200, events, shown: (event) => event, contentType: 'application/json' };
  };

  it('is a line for each event, to each of many', async () => {
    const heard = await answering(watch, (port) =>
      Promise.all([1, 2, 3].map(async () => (await fetch(`http://127.0.0.1:${port}/`)).text())),
    );
    for (const body of heard) expect(body).to.equal(lines.join(''));
  });

  it('has each line in a chunk of its own, and an end', async () => {
    const [head = '', ...body] = (await raw(watch, request('1.1', 'close'))).split('\r\n\r\n');
    expect(head).to.match(/transfer-encoding: chunked/i);
    const chunks = lines.map((line) => `${Buffer.byteLength(line).toString(16)}\r\n${line}\r\n`);
    expect(body.join('\r\n\r\n')).to.equal(`${chunks.join('')}0\r\n\r\n`);
  });

  it('has no chunks for a client of HTTP/1.0', async () => {
    const [, body] = (await raw(watch, request('1.0', 'close'))).split('\r\n\r\n');
    expect(body).to.equal(lines.join(''));
  });
});

describe('a long list over HTTP', () => {
  // Some items are longer than what is sent at once, some have characters of several bytes.
  const items = Array.from({ length: 300 }, (_, index) => ({
    metadata: { name: `é${index}` },
    data: 'ü'.repeat(index % 100 === 7 ? 400_000 : index * 10),
  }));
  const body = { kind: 'List', items };
  const list = (): RestAnswer => ({ type: 'object', code: 200, body });
  const whole = `${JSON.stringify(body)}\n`;

  /** Of answers in chunks. */
  const bodiesIn = (received: string) =>
    received
      .split(/HTTP\/1\.1 200 OK\r\n/)
      .slice(1)
      .map((answer) => {
        let left = Buffer.from(answer.slice(answer.indexOf('\r\n\r\n') + 4));
        const parts: Buffer[] = [];
        for (;;) {
          const line = left.indexOf('\r\n');
          const length = Number.parseInt(left.toString('latin1', 0, line), 16);
          parts.push(left.subarray(line + 2, line + 2 + length));
          left = left.subarray(line + 2 + length + 2);
          if (length === 0) return { text: Buffer.concat(parts).toString(), left: left.length };
        }
      });

  it('comes whole', async () => {
    const text = await answering(list, async (port) => (await fetch(`http://127.0.0.1:${port}/`)).text());
    expect(text === whole).to.equal(true);
  });

  it('comes whole twice over one connection', async () => {
    const received = bodiesIn(await raw(list, request('1.1', 'keep-alive'), request('1.1', 'close')));
    expect(received.map(({ text, left }) => ({ isWhole: text === whole, left }))).to.deep.equal([
      { isWhole: true, left: 0 },
      { isWhole: true, left: 0 },
    ]);
  });

  it('comes whole to a client of HTTP/1.0, and to one that takes gzip', async () => {
    const old = await raw(list, request('1.0', 'close'));
    expect(old.slice(old.indexOf('\r\n\r\n') + 4) === whole).to.equal(true);
    const zipped = await answering(list, async (port) => {
      const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { 'accept-encoding': 'gzip' } });
      return {
        encoding: response.headers.get('content-encoding'),
        isWhole: (await response.text()) === whole,
      };
    });
    expect(zipped).to.deep.equal({ encoding: 'gzip', isWhole: true });
  });
});

describe('an answer that a person reads', () => {
  it('is indented, a long list too', async () => {
    const items = Array.from({ length: 150 }, (_, index) => ({ metadata: { name: `n${index}` } }));
    const body = { kind: 'ConfigMapList', metadata: {}, items };
    const shown = await answering(
      () => ({ type: 'object', code: 200, body }),
      async (port) => (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text(),
      true,
    );
    expect(shown).to.equal(`${JSON.stringify(body, undefined, 2)}\n`);
  });
});
