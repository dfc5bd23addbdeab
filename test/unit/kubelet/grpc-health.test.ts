// The gRPC health protocol against a real HTTP/2 server that speaks it, well and badly.

import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { expect } from 'chai';
import { grpcFault } from '../../../edge-agent/kubelet/probes/grpc-health.ts';

type Answer = (stream: ServerHttp2Stream, asked: Buffer) => void;

const serving = (status: number): Answer => {
  const body = status === 0 ? [0, 0, 0, 0, 0] : [0, 0, 0, 0, 2, 8, status];
  return (stream) => answer(stream, Buffer.from(body), { 'grpc-status': '0' });
};

function answer(stream: ServerHttp2Stream, body: Buffer, trailers: Record<string, string>): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(body);
}

const refusing =
  (code: string, message: string): Answer =>
  (stream) =>
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': code, 'grpc-message': message },
      { endStream: true },
    );

describe('a gRPC health check', () => {
  let server: Http2Server;
  let port: number;
  let reply: Answer;
  let asked: Buffer;
  let headers: NodeJS.Dict<string | string[]>;

  before(async () => {
    server = createServer();
    server.on('stream', (stream, got) => {
      headers = got;
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', () => undefined);
      stream.on('end', () => {
        asked = Buffer.concat(chunks);
        reply(stream, asked);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' && address ? address.port : 0;
  });
  after(() => server.close());

  const fault = (service = '', timeoutMs = 5_000) =>
    grpcFault({ host: '127.0.0.1', port, service }, timeoutMs);

  it('is content with SERVING', async () => {
    reply = serving(1);
    expect(await fault()).to.equal(undefined);
    expect(headers).to.include({
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'kube-probe/1.32',
    });
    expect([...asked]).to.deep.equal([0, 0, 0, 0, 0]);
  });

  it('is asked in a network that only the runtime enters', async () => {
    reply = serving(1);
    // Nothing has that address (RFC 5737).
    const inside = async () => connect(port, '127.0.0.1');
    expect(await grpcFault({ host: '192.0.2.1', port, service: '', inside }, 5_000)).to.equal(undefined);
    expect(headers[':authority']).to.equal(`192.0.2.1:${port}`);
  });

  for (const [status, name] of ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'].entries()) {
    if (name === 'SERVING') continue;
    it(`is not content with ${name}`, async () => {
      reply = serving(status);
      expect(await fault()).to.equal(`service unhealthy (responded with "${name}")`);
    });
  }

  it('names the service', async () => {
    reply = serving(1);
    await fault('my.Service');
    expect([...asked]).to.deep.equal([0, 0, 0, 0, 12, 10, 10, ...Buffer.from('my.Service')]);
    await fault('x'.repeat(200));
    expect([...asked.subarray(0, 8)]).to.deep.equal([0, 0, 0, 0, 203, 10, 200, 1]);
  });

  const refusals = [
    [
      '12',
      'unknown service',
      'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service',
    ],
    [
      '5',
      'unknown%20service',
      'error: health rpc probe failed: rpc error: code = NotFound desc = unknown service',
    ],
    ['4', 'slow', 'timeout: health rpc did not complete within 5s'],
    ['14', '100%', 'error: health rpc probe failed: rpc error: code = Unavailable desc = 100%'],
    ['99', 'odd', 'error: health rpc probe failed: rpc error: code = Code(99) desc = odd'],
  ] as const;
  for (const [code, message, words] of refusals) {
    it(`hears status ${code}`, async () => {
      reply = refusing(code, message);
      expect(await fault()).to.equal(words);
    });
  }

  it('does not take a web server for a healthy one', async () => {
    reply = (stream) => {
      stream.respond({ ':status': 404, 'content-type': 'text/html' });
      stream.end('<html>');
    };
    expect(await fault()).to.equal(
      'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ' +
        'unexpected HTTP status code received from server: 404 (Not Found); ' +
        'transport: received unexpected content-type "text/html"',
    );
    reply = (stream) => stream.respond({ ':status': 503 }, { endStream: true });
    expect(await fault()).to.equal(
      'error: health rpc probe failed: rpc error: code = Unavailable desc = ' +
        'unexpected HTTP status code received from server: 503 (Service Unavailable); ' +
        'malformed header: missing HTTP content-type',
    );
  });

  it('says that an answer has no end', async () => {
    reply = (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      stream.end();
    };
    expect(await fault()).to.equal(
      'error: health rpc probe failed: rpc error: code = Internal desc = server closed the stream without sending trailers',
    );
  });

  it('says that the server goes away meanwhile', async () => {
    reply = (stream) => stream.session?.destroy();
    expect(await fault()).to.match(
      /^error: health rpc probe failed: rpc error: code = Unavailable desc = error reading from server: /,
    );
  });

  it('does not wait for ever', async () => {
    reply = () => undefined;
    expect(await fault('', 100)).to.equal('timeout: health rpc did not complete within 100ms');
  });

  it('dials until the time is over where nobody listens, or somebody who says nothing', async () => {
    const words = (at: number) =>
      `timeout: failed to connect service "127.0.0.1:${at}" within 100ms: context deadline exceeded`;
    expect(await grpcFault({ host: '127.0.0.1', port: 1, service: '' }, 100)).to.equal(words(1));
    const silent = createTcpServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const at = (silent.address() as AddressInfo).port;
    expect(await grpcFault({ host: '127.0.0.1', port: at, service: '' }, 100)).to.equal(words(at));
    const nobody = async () => {
      throw new Error('connection refused');
    };
    expect(await grpcFault({ host: '127.0.0.1', port: at, service: '', inside: nobody }, 100)).to.equal(
      words(at),
    );
    await new Promise((resolve) => silent.close(resolve));
  });

  it('finds who listens a little later', async () => {
    reply = serving(1);
    let tries = 0;
    const inside = async () => {
      tries += 1;
      if (tries === 1) throw new Error('connection refused');
      return connect(port, '127.0.0.1');
    };
    expect(await grpcFault({ host: '127.0.0.1', port, service: '', inside }, 20_000)).to.equal(undefined);
    expect(tries).to.equal(2);
  });
});
