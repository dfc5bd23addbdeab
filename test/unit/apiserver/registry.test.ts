import { expect } from 'chai';
import { type ApiServerFixture, configMap, startApiServer, take } from '../../support/apiserver.ts';

const path = '/api/v1/namespaces/default/configmaps';

describe('an object in the registry', () => {
  let server: ApiServerFixture;
  beforeEach(async () => {
    server = await startApiServer();
  });
  afterEach(() => server.stop());

  it('is created with what the server knows of it, read, changed and deleted', async () => {
    const created = await server.ask('POST', path, { body: configMap('a', { data: { k: '1' } }) });
    expect(created.code).to.equal(201);
    expect(created.body.metadata).to.include({ name: 'a', namespace: 'default' });
    expect(created.body.metadata.uid).to.match(/^[0-9a-f-]{36}$/);

    const read = await server.must('GET', `${path}/a`);
    expect(read).to.deep.equal(created.body);

    const updated = await server.must('PUT', `${path}/a`, { body: { ...read, data: { k: '2' } } });
    expect(Number(updated.metadata.resourceVersion)).to.be.greaterThan(Number(read.metadata.resourceVersion));

    const gone = await server.must('DELETE', `${path}/a`);
    expect(gone).to.deep.include({
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: read.metadata.uid },
    });
    const missing = await server.ask('GET', `${path}/a`);
    expect(missing.code).to.equal(404);
    expect(missing.body.message).to.equal('configmaps "a" not found');
  });

  it('is heard of by who watches', async () => {
    const events = await server.watch(`${path}?watch=1`);
    await server.must('POST', path, { body: configMap('a') });
    await server.must('DELETE', `${path}/a`);
    const told = await take(events, 2);
    expect(told.map(({ type }) => type)).to.deep.equal(['ADDED', 'DELETED']);
  });
});
