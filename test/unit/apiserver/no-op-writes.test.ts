// A write that changes nothing is answered as any other, and leaves the store as it was: no revision, no byte.

import { expect } from 'chai';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';

const time = (seconds: number) => `2026-01-01T00:00:${String(seconds).padStart(2, '0')}Z`;

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'busybox' }] },
    },
  },
};
const conditions = (seconds: number, status = 'True') => [
  {
    type: 'Ready',
    status,
    reason: 'KubeletReady',
    lastHeartbeatTime: time(seconds),
    lastTransitionTime: time(0),
  },
];
const path = '/apis/apps/v1/namespaces/default/deployments/web';
const merge = 'application/merge-patch+json';
const strategic = 'application/strategic-merge-patch+json';

describe('a write of nothing', () => {
  let fixture: ApiServerFixture;

  beforeEach(async () => {
    fixture = await startApiServer();
    await fixture.must('POST', '/api/v1/namespaces', { body: namespace('default') });
    await fixture.must('POST', '/apis/apps/v1/namespaces/default/deployments', { body: deployment });
    await fixture.must('PATCH', `${path}/status`, { body: { status: { replicas: 2 } }, contentType: merge });
  });
  afterEach(() => fixture.stop());

  async function keepsEverything(method: string, url: string, asked: object): Promise<void> {
    const before = fixture.store.revision;
    const base = url.replace(/\/(status|scale|finalize|approval)$/, '');
    const { resourceVersion } = (await fixture.must('GET', base)).metadata;
    await fixture.clock.advance(5_000);
    const answer = await fixture.must(method, url, asked);
    expect(answer.metadata.resourceVersion).to.equal(resourceVersion);
    expect(fixture.store.revision).to.equal(before);
  }

  it('by PUT', async () => {
    const current = await fixture.must('GET', path);
    await keepsEverything('PUT', path, { body: current });
    await keepsEverything('PUT', `${path}/status`, { body: current });
    const { resourceVersion: _, ...metadata } = current.metadata;
    await keepsEverything('PUT', path, { body: { ...current, metadata } });
  });

  it('by every kind of PATCH', async () => {
    await keepsEverything('PATCH', path, { body: { spec: { replicas: 2 } }, contentType: merge });
    await keepsEverything('PATCH', path, { body: { spec: { replicas: 2 } }, contentType: strategic });
    const operations = [{ op: 'replace', path: '/spec/replicas', value: 2 }];
    await keepsEverything('PATCH', path, { body: operations, contentType: 'application/json-patch+json' });
    await keepsEverything('PATCH', `${path}/status`, {
      body: { status: { replicas: 2 } },
      contentType: merge,
    });
    await keepsEverything('PATCH', `${path}/scale`, { body: { spec: { replicas: 2 } }, contentType: merge });
  });

  it('by apply, from the second time on', async () => {
    const apply = { body: deployment, contentType: 'application/apply-patch+yaml' };
    await fixture.must('PATCH', `${path}?fieldManager=me&force=true`, apply);
    await keepsEverything('PATCH', `${path}?fieldManager=me`, apply);
  });

  it('by a delete of what is on its way out already', async () => {
    const held = { metadata: { finalizers: ['example.com/held'] } };
    await fixture.must('PATCH', path, { body: held, contentType: merge });
    await fixture.must('DELETE', path);
    await keepsEverything('DELETE', path, {});
  });

  describe('about a node', () => {
    const node = '/api/v1/nodes/pi-1';
    const said = (seconds: number, status?: string) => ({
      body: { status: { conditions: conditions(seconds, status) } },
      contentType: strategic,
    });
    beforeEach(async () => {
      const body = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'pi-1' } };
      await fixture.must('POST', '/api/v1/nodes', { body });
      await fixture.must('PATCH', `${node}/status`, said(1));
    });

    it('is dropped where it repeats what was said', () =>
      keepsEverything('PATCH', `${node}/status`, said(1)));

    it('is a renewal where only its heartbeat is new: shown and watched, but not for the disk', async () => {
      const writes = watchCommits(fixture);
      const { metadata } = await fixture.must('PATCH', `${node}/status`, said(11));
      await fixture.must('PATCH', `${node}/status`, said(12, 'False'));
      await fixture.must('PATCH', node, { body: { metadata: { labels: { a: 'b' } } }, contentType: merge });
      expect(writes).to.deep.equal([true, false, false]);
      const shown = await fixture.must('GET', node);
      expect(shown.status.conditions[0].lastHeartbeatTime).to.equal(time(12));
      expect(Number(shown.metadata.resourceVersion)).to.be.greaterThan(Number(metadata.resourceVersion));
    });
  });
});

/** Whether each commit from now on is a renewal. */
function watchCommits({ store }: ApiServerFixture): boolean[] {
  const seen: boolean[] = [];
  const commit = store.commit.bind(store);
  store.commit = (writes) => {
    seen.push(...writes.map(({ renewal = false }) => renewal));
    return commit(writes);
  };
  return seen;
}
