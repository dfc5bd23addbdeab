// Hooks that ask by HTTP what listens in the container.

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { type LifecycleHandler, runHook } from '../../../edge-agent/kubelet/lifecycle-hooks.ts';
import { RuntimeFailure } from '../../../edge-agent/runtime/index.ts';
import { systemClock } from '../../../shared/base/index.ts';
import { podOf } from '../../support/memory-desired-state.ts';
import { container } from '../../support/observed-pod.ts';

describe('a hook that asks by HTTP', () => {
  const heard: IncomingMessage[] = [];
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
  beforeEach(() => heard.splice(0));
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
