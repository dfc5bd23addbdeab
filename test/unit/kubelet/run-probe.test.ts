// One try of a probe against real listeners, in the words of the kubelet.

import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { expect } from 'chai';
import { dialFault } from '../../../edge-agent/kubelet/probes/http-request.ts';
import { connectInside, type Reach } from '../../../edge-agent/kubelet/probes/reach.ts';
import { type Probe, runProbe } from '../../../edge-agent/kubelet/probes/run-probe.ts';
import { type ExecResult, RuntimeFailure } from '../../../edge-agent/runtime/index.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { container } from '../../support/observed-pod.ts';
import { until } from '../../support/until.ts';

async function listen(server: Server | TcpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('no address');
  return address.port;
}

describe('a try of a probe', () => {
  let web: Server;
  let port: number;
  let heard: { path: string; headers: NodeJS.Dict<string | string[]> }[];

  before(async () => {
    web = createServer((request, response) => {
      const path = request.url ?? '';
      heard.push({ path, headers: request.headers });
      if (path === '/hang') return;
      const to = /^\/to(\/.*)$/.exec(path)?.[1];
      if (to) response.writeHead(302, { location: to }).end();
      else if (path === '/away') response.writeHead(302, { location: 'http://elsewhere.invalid/' }).end();
      else response.writeHead(Number(path.slice(1)) || 200).end('body');
    });
    port = await listen(web);
  });
  beforeEach(() => {
    heard = [];
  });
  after(() => {
    web.closeAllConnections();
    web.close();
  });

  const never: ExecResult = { exitCode: 0, output: '', timedOut: false };
  const run = (
    probe: Probe,
    exec: () => Promise<ExecResult> = async () => never,
    reach: Reach = { host: '127.0.0.1' },
  ) =>
    runProbe(probe, {
      container: container('c', { ports: [{ name: 'web', containerPort: port }] }),
      ...{ containerId: 'id', reach, runtime: { exec } },
    });
  const get = (path: string, more: Partial<Probe> = {}) => run({ httpGet: { path, port }, ...more });

  const codes = [
    ['/', 'success'],
    ['/204', 'success'],
    ['/399', 'warning'],
    ['/400', 'failure'],
    ['/404', 'failure'],
    ['/500', 'failure'],
    ['/to/200', 'success'],
    ['/to/to/200', 'success'],
    ['/to/500', 'failure'],
    ['/away', 'warning'],
  ] as const;
  for (const [path, outcome] of codes) {
    it(`GET ${path}: ${outcome}`, async () => expect((await get(path)).outcome).to.equal(outcome));
  }

  it('says the code', async () => {
    expect(await get('/404')).to.deep.equal({
      outcome: 'failure',
      output: 'HTTP probe failed with statuscode: 404',
    });
  });

  it('says who asks, and adds the headers of the probe', async () => {
    await run({ httpGet: { path: 'x', port: 'web', httpHeaders: [{ name: 'X-Test', value: '1' }] } });
    expect(heard[0]?.path).to.equal('/x');
    expect(heard[0]?.headers).to.include({ 'user-agent': 'kube-probe/1.32', 'x-test': '1', accept: '*/*' });
  });

  it('does not wait for ever', async () => {
    const { outcome, output } = await get('/hang', { timeoutSeconds: 0.1 });
    expect(outcome).to.equal('failure');
    expect(output).to.equal(
      `Get "http://127.0.0.1:${port}/hang": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    );
  });

  it('connects', async () => {
    expect(await run({ tcpSocket: { port } })).to.deep.equal({ outcome: 'success', output: '' });
    const closed = createTcpServer();
    const free = await listen(closed);
    await new Promise((resolve) => closed.close(resolve));
    expect(await run({ tcpSocket: { port: free } })).to.deep.equal({
      outcome: 'failure',
      output: `dial tcp 127.0.0.1:${free}: connect: connection refused`,
    });
  });

  describe('into a network that only the runtime enters', () => {
    /** Nothing has that address (RFC 5737). */
    const host = '192.0.2.1';
    const into = (
      probe: Probe,
      inside: NonNullable<Reach['inside']> = async () => connect(port, '127.0.0.1'),
    ) => run({ timeoutSeconds: 5, ...probe }, undefined, { host, inside });

    it('asks there, and is sent on there', async () => {
      expect(await into({ httpGet: { path: '/to/200', port } })).to.deep.equal({
        outcome: 'success',
        output: 'body',
      });
      expect(heard.map(({ path }) => path)).to.deep.equal(['/to/200', '/200']);
      expect(heard[0]?.headers.host).to.equal(`${host}:${port}`);
    });

    it('asks there by HTTPS, whoever it is that answers', async () => {
      const { server } = await makeCertificates();
      const safe = createSecureServer({ key: server.key, cert: server.certificate }, (_request, response) =>
        response.end('safe'),
      );
      const safePort = await listen(safe);
      const inside = async () => connect(safePort, '127.0.0.1');
      const answer = await into({ httpGet: { path: '/', port: safePort, scheme: 'HTTPS' } }, inside);
      safe.close();
      expect(answer).to.deep.equal({ outcome: 'success', output: 'safe' });
    });

    it('connects there', async () => {
      expect(await into({ tcpSocket: { port } })).to.deep.equal({ outcome: 'success', output: '' });
    });

    const refuse = () => Promise.reject(new Error('connection refused'));
    it('says why it cannot', async () => {
      const refused = 'dial tcp 192.0.2.1:80: connect: connection refused';
      expect((await into({ tcpSocket: { port: 80 } }, refuse)).output).to.equal(refused);
      const answer = await into({ httpGet: { path: '/', port: 80 } }, refuse);
      expect(answer).to.deep.equal({ outcome: 'failure', output: `Get "http://192.0.2.1:80/": ${refused}` });
      const grpc = await into({ grpc: { port: 80 }, timeoutSeconds: 1 }, refuse);
      expect(grpc.output).to.equal(
        'timeout: failed to connect service "192.0.2.1:80" within 1s: context deadline exceeded',
      );
    });

    it('does not wait for ever, and closes what comes too late', async () => {
      let come: (socket: Socket) => void = () => {};
      const late = new Promise<Socket>((resolve) => {
        come = resolve;
      });
      const fault = await connectInside({ inside: () => late }, 80, 10).catch((error) => error);
      expect(dialFault(fault, '192.0.2.1:80')).to.equal('dial tcp 192.0.2.1:80: i/o timeout');
      const socket = connect(port, '127.0.0.1');
      come(socket);
      await until('its end', () => socket.destroyed);
    });

    it('goes where it always goes for a pod in the network of the board, or to a host by its name', async () => {
      const named = { httpGet: { path: '/204', port, host: '127.0.0.1' } };
      expect((await into(named, refuse)).outcome).to.equal('success');
      const board = await run({ tcpSocket: { port } }, undefined, {
        host: '127.0.0.1',
        inside: async () => undefined,
      });
      expect(board.outcome).to.equal('success');
    });
  });

  const execs: [string, () => Promise<ExecResult>, string, string][] = [
    ['exit code 0', async () => ({ ...never, output: 'fine' }), 'success', 'fine'],
    ['exit code 1', async () => ({ ...never, exitCode: 1, output: 'no file\n' }), 'failure', 'no file\n'],
    [
      'too slow',
      async () => ({ ...never, exitCode: 137, timedOut: true }),
      'failure',
      'command "sleep 5" timed out',
    ],
    [
      'not there',
      async () => Promise.reject(new RuntimeFailure('ExecError', 'no sleep')),
      'error',
      'no sleep',
    ],
  ];
  for (const [title, exec, outcome, output] of execs) {
    it(`a command: ${title}`, async () => {
      expect(await run({ exec: { command: ['sleep', '5'] } }, exec)).to.deep.equal({ outcome, output });
    });
  }

  const wrong: [string, Probe, string][] = [
    [
      'a port without a name',
      { httpGet: { path: '/', port: 'nope' } },
      'strconv.Atoi: parsing "nope": invalid syntax',
    ],
    ['a port that is none', { tcpSocket: { port: 70_000 } }, 'invalid port number: 70000'],
    ['of no kind', {}, 'missing probe handler: this node knows exec, httpGet, tcpSocket and grpc'],
  ];
  for (const [title, probe, output] of wrong) {
    it(`cannot be made: ${title}`, async () => {
      expect(await run(probe)).to.deep.equal({ outcome: 'error', output });
    });
  }
});
