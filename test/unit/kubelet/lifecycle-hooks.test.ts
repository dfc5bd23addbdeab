// Hooks that ask by HTTP what listens in the container.

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { expect } from 'chai';
import { type LifecycleHandler, runHook } from '../../../edge-agent/kubelet/lifecycle-hooks.ts';
import { RuntimeFailure } from '../../../edge-agent/runtime/index.ts';
import { systemClock } from '../../../shared/base/index.ts';
import { podOf } from '../../support/memory-desired-state.ts';
import { container } from '../../support/observed-pod.ts';

describe('a hook that asks by HTTP', () => {
  const heard: IncomingMessage[] = [];
  const warnings: string[] = [];
  const server = createServer((request, response) => {
    heard.push(request);
    response.writeHead(request.url === '/moved' ? 302 : 500, { location: '/here' }).end('no');
  });
  let port = 0;

  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' && address ? address.port : 0;
  });
  beforeEach(() => {
    heard.splice(0);
    warnings.splice(0);
  });
  after(async () => {
    server.close();
    await once(server, 'close');
  });

  const run = (httpGet: NonNullable<LifecycleHandler['httpGet']>) =>
    runHook({
      pod: podOf({ containers: [] }),
      ...{ handler: { httpGet }, container: container('c'), containerId: 'c-0', clock: systemClock },
      reach: { host: '127.0.0.1' },
      runtime: {
        exec: async () => {
          throw new RuntimeFailure('ExecError', 'nobody asked for a command');
        },
      },
      timeoutMs: 20_000,
      warn: (reason, message) => warnings.push(`${reason}: ${message}`),
    });

  it('is satisfied to have been heard, whatever the answer', async () => {
    await run({ path: '/x', port });
    expect(heard.map(({ url }) => url)).to.deep.equal(['/x']);
    expect(heard[0]?.headers).to.include({ 'user-agent': 'kube-lifecycle/1.32' });
  });

  it('goes where it is sent', async () => {
    await run({ path: '/moved', port });
    expect(heard.map(({ url }) => url)).to.deep.equal(['/moved', '/here']);
  });

  it('asks without TLS a server that knows none, without what would show who asks', async () => {
    const httpHeaders = ['Authorization', 'X-Other'].map((name) => ({ name, value: 'secret' }));
    await run({ scheme: 'HTTPS', path: '/x', port, httpHeaders });
    expect(heard.map(({ url }) => url)).to.deep.equal(['/x']);
    expect(heard[0]?.headers).to.include({ 'x-other': 'secret' }).and.not.to.have.property('authorization');
    expect(warnings).to.deep.equal([
      `LifecycleHTTPFallback: request to HTTPS lifecycle hook 127.0.0.1:${port} got HTTP response, retry with HTTP succeeded`,
    ]);
  });

  it('fails by what was said first where it is heard neither way', async () => {
    const other = createTcpServer((socket) => {
      socket.on('error', () => {}); // it is closed on while it still speaks
      socket.resume().end('SSH-2.0-other\r\n');
    }).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const there = typeof address === 'object' && address ? address.port : 0;
    const hook = run({ scheme: 'HTTPS', path: '/x', port: there });
    const failure = await hook.catch((error: Error) => error.message);
    other.close();
    await once(other, 'close');
    expect(failure).to.contain(
      `Get "https://127.0.0.1:${there}/x": http: server gave HTTP response to HTTPS client`,
    );
    expect(warnings).to.deep.equal([]);
  });

  it('fails where nobody listens', async () => {
    const failure = await run({ path: '/x', port: 1 }).catch((error: Error) => error.message);
    expect(failure)
      .to.match(/^HTTP lifecycle hook \(\/x\) for Container "c" in Pod "p_default\(/)
      .and.to.contain('dial tcp 127.0.0.1:1: connect: connection refused');
  });

  it('fails for a port that the container has not', async () => {
    const failure = await run({ path: '/x', port: 'web' }).catch((error: Error) => error.message);
    expect(failure).to.contain('strconv.Atoi: parsing "web": invalid syntax');
  });
});
