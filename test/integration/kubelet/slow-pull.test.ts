// An image that takes long to come: how far it is can be seen, and nothing has to wait for it that need not.

import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { eventually, run, TestCluster } from '../../support/cluster.ts';
import { HttpsJson } from '../../support/https-json.ts';
import { ImageServer } from '../../support/image-server.ts';
import { tarGzOf } from '../../support/tar-archive.ts';

const size = 1_000_000;
/** Bytes a second: a minute and more for all of it. */
const slow = 15_000;

describe('an image that takes long to come', function () {
  this.timeout(90_000);
  const cluster = new TestCluster();
  const server = new ImageServer();

  before(async () => {
    await server.start();
    for (const path of ['/shown', '/unwanted', '/waits'])
      server.files.set(
        path,
        await tarGzOf([
          { name: 'app', content: '#!/bin/sh\nexec sleep 1000\n' },
          { name: 'filler', content: randomBytes(size) },
        ]),
      );
    await cluster.startHub();
    await cluster.startAgent('pi');
  });
  beforeEach(() => {
    server.pace = slow;
  });
  /** What an app was shown to goes with the last pod that it was shown to. */
  afterEach(async () => {
    if (cluster.agents.get('pi')?.exitCode !== undefined) return;
    await kubectl('delete', 'pods', '--all', '--now');
    await eventually('the last pod to be gone', () => cluster.podsOf('pi') === 0 || undefined);
  });
  after(async () => {
    await cluster.close();
    await server.stop();
  });

  async function kubectl(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await run('kubectl', args, { env: { KUBECONFIG: cluster.kubeconfig } });
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  async function apply(name: string, path = `/${name}`): Promise<void> {
    const container = { name: 'c', image: server.url(path), command: ['./app'] };
    const spec = { terminationGracePeriodSeconds: 1, containers: [container] };
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec });
    const { stderr } = await run('kubectl', ['apply', '-f', '-'], {
      env: { KUBECONFIG: cluster.kubeconfig },
      input,
    });
    expect(stderr).to.equal('');
  }

  it('shows how far it is in `kelp get pods`; kubectl shows its own words, and the message', async () => {
    const api = new HttpsJson(cluster.server, cluster.kubeconfig);
    const seen = await api.watch('/api/v1/namespaces/default/pods?watch=1');
    try {
      await apply('shown');
      const line = /^shown +0\/1 +ContainerCreating \((\d+) % of 1\.0 MB\) +0 /m;
      await eventually(
        'its progress',
        async () => line.test((await cluster.kelp('get', 'pods')).stdout) || undefined,
      );
      expect(await kubectl('get', 'pods')).to.match(/^shown +0\/1 +ContainerCreating +0 /m);
      const waiting = await kubectl(
        ...['get', 'pod', 'shown', '-o', 'jsonpath={.status.containerStatuses[0].state.waiting}'],
      );
      expect(JSON.parse(waiting)).to.deep.include({ reason: 'ContainerCreating' });
      expect(JSON.parse(waiting).message).to.match(/^Pulling image "http:.*": \d+ % of 1\.0 MB$/);
      server.pace = undefined;
      await eventually(
        'it to run',
        async () => (await kubectl('get', 'pod', 'shown')).includes('Running') || undefined,
      );
      const messages = seen.map(
        ({ object }) => object.status?.containerStatuses?.[0]?.state.waiting?.message,
      );
      expect(messages.filter(Boolean).length, 'writes for its progress').to.be.within(1, 3);
      expect(messages.at(-1)).to.equal(undefined);
    } finally {
      api.close();
    }
  });

  it('is given up when its pod is deleted, and goes on from there for the next', async () => {
    await apply('unwanted');
    await eventually('some of it', () => server.underWay > 0 || undefined);
    await kubectl('delete', 'pod', 'unwanted');
    await eventually('nobody to fetch it', () => server.underWay === 0 || undefined);
    server.pace = undefined;
    await apply('next', '/unwanted');
    await eventually(
      'it to run',
      async () => (await kubectl('get', 'pod', 'next')).includes('Running') || undefined,
    );
    expect(server.requests.at(-1)).to.deep.include({ path: '/unwanted', status: 206 });
  });

  it('does not hold up an agent that stops', async () => {
    await apply('waits');
    await eventually('it to be fetched', () => server.underWay > 0 || undefined);
    expect(await cluster.agents.get('pi')?.stop()).to.equal(0);
    expect(server.underWay).to.equal(0);
  });
});
