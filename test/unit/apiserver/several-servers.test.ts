// Several API servers over one store: what one of them must see of the others' writes, it sees.

import { expect } from 'chai';
import { createAdmission } from '../../../hub/apiserver/index.ts';
import { ServiceAllocator } from '../../../hub/apiserver/registry/index.ts';
import { MemoryStore } from '../../../hub/store/index.ts';
import { configmaps } from '../../../shared/api/index.ts';
import { createClient } from '../../../shared/client/index.ts';
import { ApiError } from '../../../shared/machinery/index.ts';
import {
  type ApiServerFixture,
  admin,
  configMap,
  namespace,
  startApiServer,
} from '../../support/apiserver.ts';
import { FakeClock } from '../../support/fake-clock.ts';

class SharedStore extends MemoryStore {
  override readonly shared = true;
}

const base = '/api/v1/namespaces/a';

describe('several API servers over one store', () => {
  let store: MemoryStore;
  let servers: [ApiServerFixture, ApiServerFixture];

  beforeEach(async () => {
    store = new SharedStore({ clock: new FakeClock() });
    await store.start();
    const start = () =>
      startApiServer({
        store,
        admission: createAdmission,
        addresses: new ServiceAllocator({ serviceCidr: '10.0.0.0/28', nodePorts: [30000, 30020] }),
      });
    servers = [await start(), await start()];
    await servers[0].must('POST', '/api/v1/namespaces', { body: namespace('a') });
  });
  afterEach(async () => {
    for (const server of servers) await server.stop();
    await store.stop();
  });

  it('give no address and no port twice', async () => {
    const create = (server: ApiServerFixture, name: string) =>
      server.must('POST', `${base}/services`, {
        body: { metadata: { name }, spec: { type: 'NodePort', ports: [{ port: 80 }] } },
      });
    const made = await Promise.all(
      [1, 2, 3, 4, 5, 6].flatMap((n) => servers.map((server, at) => create(server, `s${n}-${at}`))),
    );
    const distinct = (values: unknown[]) => new Set(values).size;
    expect(distinct(made.map(({ spec }) => spec.clusterIP))).to.equal(12);
    expect(distinct(made.map(({ spec }) => spec.ports[0].nodePort))).to.equal(12);
  });

  it('give no port twice to Services that ask for one later', async () => {
    const names = [1, 2, 3, 4, 5, 6].map((n) => `s${n}`);
    for (const name of names)
      await servers[0].must('POST', `${base}/services`, {
        body: { metadata: { name }, spec: { ports: [{ port: 80 }] } },
      });
    const change = async (server: ApiServerFixture, name: string) => {
      const path = `${base}/services/${name}`;
      const service = await server.must('GET', path);
      return server.must('PUT', path, { body: { ...service, spec: { ...service.spec, type: 'NodePort' } } });
    };
    const changed = await Promise.all(names.map((name, at) => change(servers[at % 2 === 0 ? 0 : 1], name)));
    expect(new Set(changed.map(({ spec }) => spec.ports[0].nodePort)).size).to.equal(6);
  });

  it('keep a quota together', async () => {
    const quota = { metadata: { name: 'q' }, spec: { hard: { 'count/configmaps': '3' } } };
    await servers[0].must('POST', `${base}/resourcequotas`, { body: quota });
    const create = (server: ApiServerFixture, name: string) =>
      server.ask('POST', `${base}/configmaps`, { body: configMap(name, {}, 'a') });
    const answers = await Promise.all(
      [1, 2, 3, 4, 5].flatMap((n) => servers.map((server, at) => create(server, `c${n}-${at}`))),
    );
    const codes = answers.map(({ code }) => code).sort();
    expect(codes).to.deep.equal([...Array(3).fill(201), ...Array(7).fill(403)]);
  });

  it('refuse what the leader of an older term writes, and nothing else', async () => {
    const term = (holder: string) => configMap('term', { data: { holder } }, 'a');
    const first = await servers[0].must('POST', `${base}/configmaps`, { body: term('one') });
    const fence = { prefix: '/core/configmaps/a/term', after: Number(first.metadata.resourceVersion) };
    const leader = createClient(servers[0].api.transport({ user: admin, fence }));
    const x = { namespace: 'a', name: 'x' };
    await leader.create(configmaps, configMap('x', {}, 'a'));
    await servers[1].must('PUT', `${base}/configmaps/term`, { body: term('two') });
    for (const write of [
      () => leader.create(configmaps, configMap('y', {}, 'a')),
      () => leader.patch(configmaps, x, 'application/merge-patch+json', { data: { a: 'b' } }),
      () => leader.delete(configmaps, x),
    ]) {
      const refused = await write().catch((error: unknown) => error);
      expect(ApiError.is(refused, 'Conflict')).to.equal(true);
    }
    expect((await leader.get(configmaps, x)).data).to.equal(undefined);
    await createClient(servers[0].api.transport({ user: admin })).create(configmaps, configMap('y', {}, 'a'));
  });
});
