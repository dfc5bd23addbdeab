import { expect } from 'chai';
import { createAdmission } from '../../../hub/apiserver/index.ts';
import {
  type ApiServerFixture,
  configMap,
  namespace,
  startApiServer,
  take,
} from '../../support/apiserver.ts';

const inDefault = '/api/v1/namespaces/default';
const merge = 'application/merge-patch+json';
const containers = [{ name: 'c', image: 'i' }];
const pod = (name: string, nodeName?: string, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  spec: { ...(nodeName && { nodeName }), containers },
});

describe('a deletion', () => {
  let server: ApiServerFixture;
  beforeEach(async () => {
    server = await startApiServer({ admission: createAdmission });
    await server.must('POST', '/api/v1/namespaces', { body: namespace('default') });
  });
  afterEach(() => server.stop());

  it('gives a running pod its time; a second one may only shorten it', async () => {
    await server.must('POST', `${inDefault}/pods`, { body: pod('p', 'n1') });
    const first = await server.must('DELETE', `${inDefault}/pods/p`);
    expect(first.metadata).to.include({
      deletionTimestamp: '2026-01-01T00:00:30Z',
      deletionGracePeriodSeconds: 30,
    });
    const longer = await server.must('DELETE', `${inDefault}/pods/p?gracePeriodSeconds=60`);
    expect(longer.metadata.deletionGracePeriodSeconds).to.equal(30);
    const shorter = await server.must('DELETE', `${inDefault}/pods/p`, {
      body: { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 5 },
    });
    expect(shorter.metadata).to.include({
      deletionTimestamp: '2026-01-01T00:00:05Z',
      deletionGracePeriodSeconds: 5,
    });
    const now = await server.must('DELETE', `${inDefault}/pods/p?gracePeriodSeconds=0`);
    expect(now.metadata.deletionGracePeriodSeconds).to.equal(0);
    expect((await server.ask('GET', `${inDefault}/pods/p`)).code).to.equal(404);
  });

  it('takes no options from the query where a body says them', async () => {
    await server.must('POST', `${inDefault}/pods`, { body: pod('p', 'n1') });
    const query = 'gracePeriodSeconds=0&propagationPolicy=Orphan';
    const gone = await server.must('DELETE', `${inDefault}/pods/p?${query}`, {
      body: { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'] },
    });
    expect(gone.metadata.deletionGracePeriodSeconds).to.equal(30);
    expect(gone.metadata).not.to.have.property('finalizers');
    const both = await server.must('DELETE', `${inDefault}/pods/p?orphanDependents=true`, {
      body: { propagationPolicy: 'Foreground' },
    });
    expect(both.metadata.finalizers).to.deep.equal(['foregroundDeletion']);
    await server.must('POST', `${inDefault}/configmaps`, { body: configMap('c') });
    await server.must('DELETE', `${inDefault}/configmaps?dryRun=All`, { body: { kind: 'DeleteOptions' } });
    expect((await server.ask('GET', `${inDefault}/configmaps/c`)).code).to.equal(404);
  });

  it('refuses what are no options, in upstream words', async () => {
    await server.must('POST', `${inDefault}/configmaps`, { body: configMap('c') });
    const refusal = async (body: unknown) => {
      const { code, body: status } = await server.ask('DELETE', `${inDefault}/configmaps/c`, { body });
      return `${code} ${status.message}`;
    };
    expect(await refusal([])).to.match(
      /^400 couldn't get version\/kind; json parse error: json: cannot unmarshal array into Go value of type struct/,
    );
    expect(await refusal({ kind: 'DeleteOptions', apiVersion: 'v9' })).to.match(
      /^400 no kind "DeleteOptions" is registered for version "v9" in scheme /,
    );
    const wrong = '400 json: cannot unmarshal';
    const field = 'into Go struct field';
    expect(await refusal({ gracePeriodSeconds: '5' })).to.equal(
      `${wrong} string ${field} DeleteOptions.gracePeriodSeconds of type int64`,
    );
    expect(await refusal({ dryRun: 'All' })).to.equal(
      `${wrong} string ${field} DeleteOptions.dryRun of type []string`,
    );
    expect(await refusal({ propagationPolicy: true })).to.equal(
      `${wrong} bool ${field} DeleteOptions.propagationPolicy of type v1.DeletionPropagation`,
    );
    expect(await refusal({ preconditions: { uid: 7 } })).to.equal(
      `${wrong} number ${field} Preconditions.preconditions.uid of type types.UID`,
    );
    await server.must('DELETE', `${inDefault}/configmaps/c`, {
      body: { kind: 'DeleteOptions', apiVersion: 'apps/v1' },
    });
  });

  it('takes a pod at once that was never given to a node', async () => {
    await server.must('POST', `${inDefault}/pods`, { body: pod('p') });
    const events = await server.watch(`${inDefault}/pods?watch=1`);
    const gone = await server.must('DELETE', `${inDefault}/pods/p`);
    expect(gone.metadata).to.include({ name: 'p', deletionGracePeriodSeconds: 0 });
    expect((await take(events, 3)).map(({ type }) => type)).to.deep.equal(['ADDED', 'MODIFIED', 'DELETED']);
  });

  it('waits for finalizers, and the last one takes the object with it', async () => {
    const finalizers = ['example.com/a', 'example.com/b'];
    const body = configMap('c', { metadata: { name: 'c', finalizers } });
    await server.must('POST', `${inDefault}/configmaps`, { body });
    const held = await server.must('DELETE', `${inDefault}/configmaps/c`);
    expect(held.metadata).to.include({
      deletionTimestamp: '2026-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 0,
    });
    const patch = (left: string[]) =>
      server.ask('PATCH', `${inDefault}/configmaps/c`, {
        contentType: merge,
        body: { metadata: { finalizers: left } },
      });
    const more = await patch([...finalizers, 'example.com/c']);
    expect(more.body.message).to.contain('no new finalizers can be added if the object is being deleted');
    await patch(['example.com/b']);
    expect((await server.ask('GET', `${inDefault}/configmaps/c`)).code).to.equal(200);
    await patch([]);
    expect((await server.ask('GET', `${inDefault}/configmaps/c`)).code).to.equal(404);
  });

  it('in the foreground, or leaving dependents alone, is a finalizer for the garbage collector', async () => {
    for (const [policy, finalizer] of [
      ['Foreground', 'foregroundDeletion'],
      ['Orphan', 'orphan'],
    ]) {
      const name = `c-${policy?.toLowerCase()}`;
      await server.must('POST', `${inDefault}/configmaps`, { body: configMap(name) });
      const held = await server.must('DELETE', `${inDefault}/configmaps/${name}?propagationPolicy=${policy}`);
      expect(held.metadata.finalizers).to.deep.equal([finalizer]);
    }
    await server.must('POST', `${inDefault}/configmaps`, { body: configMap('b') });
    const answer = await server.must('DELETE', `${inDefault}/configmaps/b?propagationPolicy=Background`);
    expect(answer.status).to.equal('Success');
  });

  it('leaves the pods of a ReplicationController and of a Job alone where it does not say; events have no dependents', async () => {
    const template = { metadata: { labels: { a: 'b' } }, spec: { restartPolicy: 'Never', containers } };
    const metadata = { name: 'owner' };
    const owners = {
      [`${inDefault}/replicationcontrollers`]: {
        selector: { a: 'b' },
        template: { ...template, spec: { containers } },
      },
      '/apis/batch/v1/namespaces/default/jobs': { template },
    };
    for (const [path, spec] of Object.entries(owners)) {
      await server.must('POST', path, { body: { metadata, spec } });
      const held = await server.must('DELETE', `${path}/owner`);
      expect(held.metadata.finalizers, path).to.deep.equal(['orphan']);
      const again = await server.must('DELETE', `${path}/owner`, {
        body: { propagationPolicy: 'Background' },
      });
      expect(again.status, path).to.equal('Success');
    }
    const event = { metadata, involvedObject: { namespace: 'default' } };
    await server.must('POST', `${inDefault}/events`, { body: event });
    const gone = await server.must('DELETE', `${inDefault}/events/owner?propagationPolicy=Foreground`);
    expect(gone.status).to.equal('Success');
  });

  it('of a namespace waits for its finalizer; meanwhile nothing is made in it', async () => {
    await server.must('POST', '/api/v1/namespaces', { body: namespace('going') });
    const going = await server.must('DELETE', '/api/v1/namespaces/going');
    expect(going.status.phase).to.equal('Terminating');
    expect(going.metadata).to.not.have.property('deletionGracePeriodSeconds');
    const refused = await server.ask('POST', '/api/v1/namespaces/going/configmaps', {
      body: configMap('c', {}, 'going'),
    });
    expect(refused.code).to.equal(403);
    expect(refused.body.message).to.equal(
      'configmaps "c" is forbidden: unable to create new content in namespace going because it is being terminated',
    );
    expect(refused.body.details.causes[0].reason).to.equal('NamespaceTerminating');
    await server.must('PUT', '/api/v1/namespaces/going/finalize', {
      body: { ...going, spec: { finalizers: [] } },
    });
    expect((await server.ask('GET', '/api/v1/namespaces/going')).code).to.equal(404);
  });

  it('of a collection takes what the selector chooses', async () => {
    for (const name of ['a', 'b', 'c']) {
      const labels = { keep: String(name === 'b') };
      await server.must('POST', `${inDefault}/configmaps`, {
        body: configMap(name, { metadata: { name, labels } }),
      });
    }
    const gone = await server.must('DELETE', `${inDefault}/configmaps?labelSelector=keep%3Dfalse`);
    expect(gone.kind).to.equal('ConfigMapList');
    expect(gone.items).to.have.length(2);
    const left = await server.must('GET', `${inDefault}/configmaps`);
    expect(left.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).to.deep.equal([
      'b',
    ]);
  });

  it('may say which of several namesakes it means', async () => {
    const { metadata } = await server.must('POST', `${inDefault}/configmaps`, { body: configMap('c') });
    const preconditions = { uid: metadata.uid, resourceVersion: metadata.resourceVersion };
    await server.must('PUT', `${inDefault}/configmaps/c`, { body: configMap('c', { data: { k: 'v' } }) });
    const stale = await server.ask('DELETE', `${inDefault}/configmaps/c`, { body: { preconditions } });
    expect(stale.code).to.equal(409);
    await server.must('DELETE', `${inDefault}/configmaps/c`, {
      body: { preconditions: { uid: metadata.uid } },
    });
  });
});
