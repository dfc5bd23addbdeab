// Connections that are kept for the next request to another API server.

import { once } from 'node:events';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { connect } from 'node:net';
import { expect } from 'chai';
import { ServerConnections } from '../../../hub/apiserver/aggregation/server-connections.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { until } from '../../support/until.ts';

describe('connections to other API servers', () => {
  let server: Server;
  let ca = '';
  let connections = 0;
  let open = 0;
  let streaming: ServerResponse | undefined;

  before(async () => {
    const { ca: authority, server: pair } = await makeCertificates();
    ca = authority.certificate;
    server = createServer({ key: pair.key, cert: pair.certificate }, ({ url }, response) => {
      if (url !== '/stream') return void response.end('done');
      response.flushHeaders();
      streaming = response;
    });
    server.keepAliveTimeout = 60_000;
    server.on('secureConnection', (socket) => {
      connections += 1;
      open += 1;
      socket.once('close', () => {
        open -= 1;
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  beforeEach(() => {
    connections = 0;
  });

  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const endpoint = () => ({ host: '127.0.0.1', port: Number(Object(server.address()).port) });
  const tls = () => ({ ca, servername: 'localhost' });

  async function ask(pool: ServerConnections, path = '/', way = endpoint()): Promise<IncomingMessage> {
    const asked = request({ path, agent: pool.agent(way, tls()), headers: { host: 'localhost' } });
    asked.end();
    const [response] = await once(asked, 'response');
    return response;
  }

  async function read(response: IncomingMessage): Promise<string> {
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part);
    return Buffer.concat(parts).toString();
  }

  it('serve one request after another, rest a while, and are closed', async () => {
    const pool = new ServerConnections({ idle: 300 });
    for (let count = 0; count < 5; count += 1) expect(await read(await ask(pool))).to.equal('done');
    expect(connections).to.equal(1);
    await until('it to be closed', () => open === 0);
    expect(await read(await ask(pool))).to.equal('done');
    expect(connections).to.equal(2);
    pool.stop();
    await until('all to be closed', () => open === 0);
  });

  it('last as long as what goes on over them', async () => {
    const pool = new ServerConnections({ idle: 100, patience: 100 });
    const response = await ask(pool, '/stream');
    const text = read(response);
    // Longer than a connection may take to come about, and than one may rest.
    await new Promise((resolve) => setTimeout(resolve, 500));
    streaming?.end('late');
    expect(await text).to.equal('late');
    pool.stop();
    await until('all to be closed', () => open === 0);
  });

  it('rest in a small number', async () => {
    const pool = new ServerConnections();
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask(pool)));
    await Promise.all(answers.map(read));
    await until('the others to be closed', () => open <= 4);
    pool.stop();
    await until('all to be closed', () => open === 0);
  });

  it('are not waited for too long', async () => {
    const pool = new ServerConnections({ patience: 100 });
    const way = {
      ...endpoint(),
      tunnel: (signal: AbortSignal) =>
        new Promise<never>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('nobody there')), { once: true });
        }),
    };
    const refused = await ask(pool, '/', way).catch((error: Error) => error.message);
    expect(refused).to.equal('nobody there');
    // The way to the same endpoint is another meanwhile.
    const found = { ...endpoint(), tunnel: async () => connect(endpoint().port, '127.0.0.1') };
    expect(await read(await ask(pool, '/', found))).to.equal('done');
    pool.stop();
    await until('all to be closed', () => open === 0);
  });
});
