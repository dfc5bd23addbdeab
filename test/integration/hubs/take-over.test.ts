// Who leads when the hub that led is killed, stopped or paused: one of the others, soon; and never two of them.

import { expect } from 'chai';
import { skipWithout, TestCluster } from '../../support/cluster.ts';
import { EtcdServer, hasEtcd } from '../../support/etcd.ts';
import type { HttpsJson, Json } from '../../support/https-json.ts';
import { until } from '../../support/until.ts';
import { clientOf, deployment, idOf, leaderAt, leaderLease, termsOf, untilLeads } from './hub-world.ts';

const deployments = '/apis/apps/v1/namespaces/default/deployments';
const pods = '/api/v1/namespaces/default/pods';
const term = '/api/v1/namespaces/kube-system/configmaps/kelp-leader-term';

/** The watch of one object. */
const only = (path: string) => {
  const [, collection, name] = /^(.*)\/(.*)$/.exec(path) ?? [];
  return `${collection}?watch=1&fieldSelector=metadata.name%3D${name}`;
};

describe('the hub that leads', function () {
  this.timeout(240_000);
  let etcd: EtcdServer;
  const clusters: TestCluster[] = [];
  const apis: HttpsJson[] = [];
  /** The one that leads, and the other one. */
  let leading: TestCluster;
  let other: TestCluster;
  let api: HttpsJson;

  before(async function () {
    if (!hasEtcd) skipWithout(this, 'etcd', 'etcd-server');
    etcd = await EtcdServer.start();
    for (let i = 0; i < 2; i += 1) clusters.push(new TestCluster());
    for (const cluster of clusters) await start(cluster);
  });
  after(async () => {
    for (const each of apis) each.close();
    for (const cluster of clusters) await cluster.close();
    await etcd?.remove();
  });

  beforeEach(lookWhoLeads);

  async function lookWhoLeads(): Promise<void> {
    for (const each of apis.splice(0)) each.close();
    apis.push(...clusters.map(clientOf));
    const id = await until('a leader', () => leaderAt(apis[0] as HttpsJson), 20_000);
    [leading, other] = (clusters[0] && idOf(clusters[0]) === id ? clusters : [...clusters].reverse()) as [
      TestCluster,
      TestCluster,
    ];
    api = apis[clusters.indexOf(other)] as HttpsJson;
  }

  const start = (cluster: TestCluster) =>
    cluster.startHub({ args: ['--store', `etcd://${etcd.endpoint}`, '--log-level', 'info'] });
  const podsOf = async (name: string): Promise<Json[]> =>
    (await api.must('GET', `${pods}?labelSelector=app%3D${name}`)).items;

  it('is followed by another when it is killed, which does what was to be done', async () => {
    await leading.hub.stop('SIGKILL');
    const killed = performance.now();
    await api.must('POST', deployments, { body: deployment('orphan', 2) });
    const after = await untilLeads(other, api, killed);
    await until('pods of the new leader', async () => (await podsOf('orphan')).length === 2);
    if (process.env.KELP_TEST_LOG) console.error({ after, pods: performance.now() - killed });
    // The Lease runs out after 7 s, which leaves 3; the rest is for machines that are busy.
    expect(after).to.be.below(15_000);
    await start(leading);
  });

  it('is followed at once when it is stopped in an orderly way', async () => {
    const asked = performance.now();
    const stopped = leading.hub.stop('SIGTERM');
    const after = await untilLeads(other, api, asked);
    expect(await stopped).to.equal(0);
    if (process.env.KELP_TEST_LOG) console.error({ after });
    expect(after, 'long before its Lease would have run out').to.be.below(5_000);
    await start(leading);
  });

  it('is followed when it stands still, and what it does when it goes on is refused', async () => {
    // Whether it stood still with a write on its way is a matter of luck: without one the test would show nothing.
    let late = 0;
    for (let attempt = 1; late === 0 && attempt <= 5; attempt += 1) {
      await lookWhoLeads();
      late = await refusedAfterPause(`crowd-${attempt}`);
    }
    expect(late, 'writes that were late').to.be.greaterThan(0);
  });

  /** Pauses the leader in the midst of its work; answers how many of its writes were refused when it went on. */
  async function refusedAfterPause(name: string): Promise<number> {
    const replicas = 100;
    const refusedBefore = refusals(leading);
    const before = await api.must('GET', term);
    const events = {
      pods: await api.watch(`${pods}?watch=1`),
      lease: await api.watch(only(leaderLease)),
      term: await api.watch(only(term)),
    };
    await api.must('POST', deployments, { body: deployment(name, replicas) });
    // In the midst of its work: of what it has begun, the rest comes when it goes on.
    const made = () =>
      events.pods.filter(({ type, object }) => type === 'ADDED' && object.metadata.labels.app === name);
    await until('some pods', () => made().length >= 3);
    leading.hub.child.kill('SIGSTOP');
    const paused = performance.now();
    try {
      await untilLeads(other, api, paused);
      const done = async () => (await podsOf(name)).length === replicas;
      await until('the new leader to have done it', done, 60_000);
    } finally {
      leading.hub.child.kill('SIGCONT');
    }
    await until('it to know', () => termsOf(leading).at(-1)?.to !== Number.POSITIVE_INFINITY);
    await api.must('PATCH', `${deployments}/${name}`, {
      body: { metadata: { labels: { seen: 'by-both' } } },
      contentType: 'application/merge-patch+json',
    });
    const own = clientOf(leading);
    try {
      await until('it to follow', async () => (await leaderAt(own)) === idOf(other));
      await until('it to see all', async () => {
        const { items } = await own.must('GET', `${pods}?labelSelector=app%3D${name}`);
        return items.length === replicas;
      });
    } finally {
      own.close();
    }
    expect(made(), 'a late write went through').to.have.length(replicas);
    const holders = events.lease.map(({ object }) => object.spec.holderIdentity);
    expect([...new Set(holders)]).to.deep.equal([idOf(leading), idOf(other)]);
    expect(holders.lastIndexOf(idOf(leading)), 'it came back').to.be.below(holders.indexOf(idOf(other)));
    const terms = events.term.map(({ object }) => [object.data.term, object.data.holder]);
    expect(terms).to.deep.equal([
      [before.data.term, idOf(leading)],
      [String(Number(before.data.term) + 1), idOf(other)],
    ]);
    await api.must('DELETE', `${deployments}/${name}`);
    return refusals(leading) - refusedBefore;
  }

  const refusals = ({ hub }: TestCluster) =>
    [...hub.lines, ...hub.errorLines].filter((line) => /another hub leads now/.test(line)).length;
});
