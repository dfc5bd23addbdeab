// An answer on the wire of HTTP.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { writeAnswer } from '../../../hub/apiserver/http/write-answer.ts';
import { JsonTexts, type RestAnswer } from '../../../hub/apiserver/index.ts';
import { ApiError } from '../../../shared/machinery/index.ts';

async function headersOf(answer: RestAnswer): Promise<Headers> {
  const texts = new JsonTexts();
  const server = createServer((_, response) => {
    void writeAnswer(response, answer, { texts, encoding: 'json', gzip: false });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
    await response.arrayBuffer();
    return response.headers;
  } finally {
    server.close();
  }
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
