// Pods that were made alike are looked at once, and each is answered as if it were the only one.

import { expect } from 'chai';
import { type ApiServerFixture, startApiServer } from '../../support/apiserver.ts';

const path = '/api/v1/namespaces/default/pods';

function pod(name: string, spec: object = {}, metadata: object = {}) {
  const containers = [{ name: 'c', image: 'i', env: [{ name: 'X', value: '1' }] }];
  return { metadata: { name, labels: { app: 'web' }, ...metadata }, spec: { containers, ...spec } };
}

describe('pods that are made alike', () => {
  let server: ApiServerFixture;
  before(async () => {
    server = await startApiServer();
  });
  after(() => server.stop());

  it('have the same fields, each under its own writer', async () => {
    const first = await server.must('POST', `${path}?fieldManager=one`, { body: pod('a') });
    const second = await server.must('POST', `${path}?fieldManager=two`, { body: pod('b') });
    const [[one], [two]] = [first.metadata.managedFields ?? [], second.metadata.managedFields ?? []];
    expect([one?.manager, two?.manager]).to.deep.equal(['one', 'two']);
    expect(two?.fieldsV1).to.deep.equal(one?.fieldsV1);
    const named = await server.must('POST', path, { body: pod('c', {}, { annotations: { k: 'v' } }) });
    expect(JSON.stringify(named.metadata.managedFields)).to.contain('f:annotations');
  });

  it('are all refused where one is, and all warned of', async () => {
    const bad = { restartPolicy: 'Sometimes' };
    const twice = [{ name: 'X', value: '1' }];
    for (const name of ['d', 'e']) {
      const refused = await server.ask('POST', path, { body: pod(name, bad) });
      expect(refused.code).to.equal(422);
      expect(JSON.stringify(refused.body)).to.contain(`Pod \\"${name}\\" is invalid: spec.restartPolicy`);
      const warned = await server.ask('POST', path, {
        body: pod(name, { containers: [{ name: 'c', image: 'i', env: [...twice, ...twice] }] }),
      });
      expect(warned.warnings?.join()).to.contain('hides previous definition of "X"');
    }
  });

  it('are told apart by their names where these matter', async () => {
    const claim = {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
    };
    const volumes = [{ name: 'v', ephemeral: { volumeClaimTemplate: claim } }];
    await server.must('POST', path, { body: pod('f', { volumes }) });
    const refused = await server.ask('POST', path, { body: pod('f'.repeat(253), { volumes }) });
    expect(JSON.stringify(refused.body)).to.contain('PVC name');
  });
});
