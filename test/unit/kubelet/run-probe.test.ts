// One try of a probe against real listeners, in the words of the kubelet.

import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { expect } from 'chai';
import { type Probe, runProbe } from '../../../edge-agent/kubelet/probes/run-probe.ts';
import { type ExecResult, RuntimeFailure } from '../../../edge-agent/runtime/index.ts';
import { container } from '../../support/observed-pod.ts';

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
  const run = (probe: Probe, exec: () => Promise<ExecResult> = async () => never) =>
    runProbe(probe, {
      container: container('c', { ports: [{ name: 'web', containerPort: port }] }),
      ...{ containerId: 'id', host: '127.0.0.1', runtime: { exec } },
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
    ['a port without a name', { httpGet: { path: '/', port: 'nope' } }, 'couldn\'t find port: "nope" in pod'],
    ['a port that is none', { tcpSocket: { port: 70_000 } }, 'invalid port number: 70000'],
    ['of no kind', {}, 'missing probe handler: this node knows exec, httpGet, tcpSocket and grpc'],
  ];
  for (const [title, probe, output] of wrong) {
    it(`cannot be made: ${title}`, async () => {
      expect(await run(probe)).to.deep.equal({ outcome: 'error', output });
    });
  }
});
