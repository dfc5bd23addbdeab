// How many requests a hub has in work at once: whoever comes then is told to come back, and kubectl does.

import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { expect } from 'chai';
import { kubectls, run, TestCluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

describe('requests in work', function () {
  this.timeout(60_000);
  const cluster = new TestCluster();
  const [kubectl] = kubectls().slice(-1);
  const open = new Set<ClientRequest>();
  let token: string;

  before(async function () {
    if (!kubectl) return this.skip();
    await cluster.startHub({
      args: ['--max-requests-inflight', '1', '--max-mutating-requests-inflight', '1'],
    });
    await asAdmin('create', 'serviceaccount', 'writer');
    await asAdmin('create', 'rolebinding', 'writer', '--clusterrole=edit', '--serviceaccount=default:writer');
    token = await asAdmin('create', 'token', 'writer');
    await until('its role to count', async () => (await status('GET', '?limit=1')) === 200);
  });
  after(async () => {
    for (const one of open) one.destroy();
    await cluster.close();
  });

  async function asAdmin(...args: string[]): Promise<string> {
    const common = ['--kubeconfig', cluster.kubeconfig, '--cache-dir', join(cluster.directory, 'cache')];
    const { code, stdout, stderr } = await run(kubectl?.path ?? '', [...common, ...args]);
    expect(code, stderr).to.equal(0);
    return stdout.trim();
  }

  /** Of ConfigMaps, as the account. */
  function ask(method: string, query = '', headers: Record<string, string> = {}): ClientRequest {
    const asked = request(`${cluster.server}/api/v1/namespaces/default/configmaps${query}`, {
      ...{ method, ca: cluster.ca, agent: false },
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    });
    open.add(asked);
    asked.on('error', () => undefined);
    asked.once('close', () => open.delete(asked));
    return asked;
  }

  async function answerTo(asked: ClientRequest): Promise<IncomingMessage & { text: string }> {
    const [answer]: IncomingMessage[] = await once(asked, 'response');
    if (!answer) throw new Error('no answer');
    let text = '';
    for await (const chunk of answer) text += chunk;
    return Object.assign(answer, { text });
  }

  async function status(method: string, query?: string): Promise<number | undefined> {
    const asked = ask(method, query);
    asked.end();
    return (await answerTo(asked)).statusCode;
  }

  const body = (name: string) => JSON.stringify({ metadata: { name } });

  it('are bounded: one more is answered 429, and let in when a place is free', async () => {
    const slow = ask('POST', '', { 'content-length': `${body('slow').length}` });
    slow.write(body('slow').slice(0, 5));
    let refused: (IncomingMessage & { text: string }) | undefined;
    await until('the place to be taken', async () => {
      const other = ask('POST');
      other.end(body(`other-${Date.now()}`));
      refused = await answerTo(other);
      return refused.statusCode === 429;
    });
    expect(refused?.headers['retry-after']).to.equal('1');
    expect(JSON.parse(refused?.text ?? '')).to.deep.include({
      kind: 'Status',
      reason: 'TooManyRequests',
      message: 'Too many requests, please try again later.',
      code: 429,
    });
    // Who reads has places of their own, and administrators are always let in.
    expect(await status('GET')).to.equal(200);
    await asAdmin('create', 'configmap', 'by-admin');
    slow.end(body('slow').slice(5));
    expect((await answerTo(slow)).statusCode).to.equal(201);
    const next = ask('POST');
    next.end(body('next'));
    expect((await answerTo(next)).statusCode).to.equal(201);
  });

  it('are no watches', async () => {
    const watches = await Promise.all(
      [1, 2, 3].map(async () => {
        const watch = ask('GET', '?watch=1');
        watch.end();
        const [answer]: IncomingMessage[] = await once(watch, 'response');
        return answer?.statusCode;
      }),
    );
    expect(watches).to.deep.equal([200, 200, 200]);
    expect(await status('GET')).to.equal(200);
  });

  it('give their place back when their client goes', async () => {
    const gone = ask('POST', '', { 'content-length': '100' });
    gone.write('{');
    await until('the place to be taken', async () => (await status('POST')) === 429);
    gone.destroy();
    await until('the place to be free', async () => (await status('POST')) !== 429);
  });
});
