// A store in etcd proper: several members, TLS and users, its limits of time.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Etcd3 } from 'etcd3';
import { createStore, type EtcdStore, type Store } from '../../../hub/store/index.ts';
import { systemClock } from '../../../shared/base/index.ts';
import { imageOf, listen, names, pod, podKey, put, refusal, silent } from '../../contract/store-world.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { skipWithout } from '../../support/cluster.ts';
import { EtcdServer, etcdPorts, hasEtcd } from '../../support/etcd.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { until } from '../../support/until.ts';
import { startedEtcdStore } from './etcd-world.ts';

describe('etcd as it is run', function () {
  this.timeout(90_000);
  const servers: EtcdServer[] = [];
  const stores: Store[] = [];
  let folder = '';

  before(function () {
    if (!hasEtcd) skipWithout(this, 'etcd', 'etcd-server');
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.stop()));
    await Promise.all(servers.splice(0).map((server) => server.remove()));
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  async function started(...words: Parameters<typeof startedEtcdStore>): Promise<EtcdStore> {
    const store = await startedEtcdStore(...words);
    stores.push(store);
    return store;
  }

  async function serving(...words: Parameters<typeof EtcdServer.start>): Promise<EtcdServer> {
    const server = await EtcdServer.start(...words);
    servers.push(server);
    return server;
  }

  it('goes on when a member is killed, and when the leader stands still', async () => {
    const cluster = { one: await etcdPorts(), two: await etcdPorts(), three: await etcdPorts() };
    for (const [name, ports] of Object.entries(cluster)) {
      servers.push(await EtcdServer.prepare({ name, ports, cluster }));
    }
    for (const server of servers) server.spawn();
    await Promise.all(servers.map((server) => server.serves()));
    const where = servers.map(({ endpoint }) => endpoint).join();
    const store = await started(where, { requestTimeout: 1_500, commitTimeout: 30_000 });
    const other = await started(where, { requestTimeout: 1_500, commitTimeout: 30_000 });
    const ear = listen(store, '/');
    const revisions = [await put(store, 'a', 'one')];
    const [first, second] = servers;
    await first?.kill();
    revisions.push(await put(store, 'a', 'two'));
    await first?.start();
    second?.pause();
    revisions.push(await put(store, 'a', 'three'));
    second?.resume();
    revisions.push(await put(other, 'a', 'four'));
    await until('all four', () => ear.changes.length >= 4);
    expect(ear.changes.map(({ revision }) => revision)).to.deep.equal(revisions);
  });

  it('takes an encrypted connection with certificates and a user, and says what is wrong with them', async () => {
    folder = mkdtempSync(join(tmpdir(), 'kelp-etcd-tls-'));
    const { ca, server: serverPair, user } = await makeCertificates();
    const hub = await user('hub');
    const files = Object.entries({
      ca: ca.certificate,
      cert: serverPair.certificate,
      key: serverPair.key,
      hubCert: hub.certificate,
      hubKey: hub.key,
      user: 'root:secret word\n',
      wrong: 'root:wrong\n',
    }).map(([name, content]) => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return [name, path] as const;
    });
    const at = (name: string) => files.find(([known]) => known === name)?.[1] ?? '';
    const server = await serving({
      flags: [
        '--cert-file',
        at('cert'),
        '--key-file',
        at('key'),
        '--trusted-ca-file',
        at('ca'),
        '--client-cert-auth',
      ],
    });
    const choice = {
      store: `etcds://${nameOf(server)}`,
      storeCaFile: at('ca'),
      storeCertFile: at('hubCert'),
      storeKeyFile: at('hubKey'),
      storeUserFile: '',
    };
    const parts = { directory: folder, clock: systemClock, log: silent };
    const store = await createStore(choice, parts);
    await store.start();
    stores.push(store);
    await put(store, 'a', 'over TLS');
    await enableUsers(server, at);
    const stranger = await createStore({ ...choice, storeUserFile: at('wrong') }, parts);
    expect((await refusal(stranger.start())).message).to.contain('authentication failed');
    const named = await createStore({ ...choice, storeUserFile: at('user') }, parts);
    await named.start();
    stores.push(named);
    expect(imageOf(await named.get(podKey('a')))).to.equal('over TLS');
    await put(named, 'b');
    expect((await refusal(put(store, 'c'))).message)
      .to.contain('nothing was written')
      .and.to.contain('permission denied');
  });

  it('forgets volatile objects that nobody writes any more, and keeps those that are renewed', async () => {
    const server = await serving();
    const store = await started(server.endpoint, { volatileLifetime: -58 });
    const ear = listen(store, '/');
    const lease = (name: string) => [{ key: podKey(name), object: pod(name), volatile: true }];
    await store.commit([...lease('left'), ...lease('durable')]);
    await put(store, 'durable');
    await until('it to be gone', async () => (await store.get(podKey('left'))) === undefined, 20_000);
    expect(await names(store)).to.deep.equal(['durable']);
    expect(ear.heard().at(-1)).to.match(/deleted left$/);
    // Its fence went the same way.
    await put(store, 'durable', 'again');
  });

  it('has its history compacted by one hub at a time, and only when something has changed', async () => {
    const server = await serving();
    const clock = new FakeClock();
    const compaction = { age: 60_000 };
    const hubs = [
      await started(server.endpoint, { clock, compaction }),
      await started(server.endpoint, { clock, compaction }),
    ];
    const [store] = hubs;
    if (!store) throw new Error('no store');
    const first = await put(store, 'a', 'one');
    for (let i = 0; i < 10; i++) await put(store, 'a', String(i));
    await until('both to have seen it', () => hubs.every(({ revision }) => revision === store.revision));
    expect(await isKept(server, first)).to.equal(true);
    await pass(clock, 61_000);
    // A look at it comes to nothing while the one before is still asking etcd.
    await until('the compaction', async () => {
      await put(store, 'b');
      await pass(clock, 61_000);
      return !(await isKept(server, first));
    });
    const compactions = async () => (await etcdValue(server, '/kelp/compacted'))?.version;
    const sofar = Number(await compactions());
    await put(store, 'c');
    await until('another one', async () => {
      await pass(clock, 61_000);
      return Number(await compactions()) > sofar;
    });
    const before = await until('nothing more to compact', async () => {
      const count = await compactions();
      await pass(clock, 61_000);
      return count === (await compactions()) ? count : undefined;
    });
    await pass(clock, 300_000);
    expect(await compactions()).to.equal(before);
    expect(await names(store)).to.deep.equal(['a', 'b', 'c']);
  });

  it('is left for good when its history is no longer the one that was known', async () => {
    const server = await serving();
    const store = await started(server.endpoint);
    await put(store, 'a');
    const { epoch } = store;
    await server.kill();
    rmSync(join(server.directory, 'data'), { recursive: true });
    await server.start();
    const failure = await store.failed;
    expect(failure.code).to.equal('unusable');
    expect(failure.message).to.contain('etcd is not what it was').and.to.contain('Start the hub again');
    expect((await refusal(put(store, 'b'))).code).to.equal('closed');
    const again = await started(server.endpoint);
    expect(again.epoch).not.to.equal(epoch);
    expect(await names(again)).to.deep.equal([]);
  });

  it('is not served with what cannot be read, and that is named', async () => {
    const server = await serving();
    const store = await started(server.endpoint);
    await put(store, 'a');
    const name = `/kelp/objects${podKey('stray')}`;
    await etcd(server, 'kv/put', { key: base64(name), value: base64('no object') });
    const failure = await store.failed;
    expect(failure.message).to.contain(name).and.to.contain('etcdctl');
    expect((await refusal(startedEtcdStore(server.endpoint))).message).to.contain(name);
    await etcd(server, 'kv/deleterange', { key: base64(name) });
    expect(await names(await started(server.endpoint))).to.deep.equal(['a']);
  });
});

async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) await clock.advance(1_000);
  await settle();
}

async function isKept(server: EtcdServer, revision: number): Promise<boolean> {
  const answer = await etcd(server, 'kv/range', { key: base64('/kelp/epoch'), revision: String(revision) });
  return answer.ok;
}

async function etcdValue(server: EtcdServer, key: string): Promise<{ version: string } | undefined> {
  const { kvs }: { kvs?: { version: string }[] } = JSON.parse(
    await (await etcd(server, 'kv/range', { key: base64(key) })).text(),
  );
  return kvs?.[0];
}

/** Over etcd's own HTTP. */
function etcd(server: EtcdServer, path: string, body: object): Promise<Response> {
  return fetch(`http://${server.endpoint}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
}

/** An address is no server name of TLS: Node warns of it. */
const nameOf = ({ ports }: EtcdServer) => `localhost:${ports.client}`;

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Root with the password that is in the file `user`, and nobody else. */
async function enableUsers(server: EtcdServer, at: (file: string) => string): Promise<void> {
  const admin = new Etcd3({
    hosts: `https://${nameOf(server)}`,
    credentials: {
      rootCertificate: readFileSync(at('ca')),
      certChain: readFileSync(at('hubCert')),
      privateKey: readFileSync(at('hubKey')),
    },
  });
  await admin.role('root').create();
  await admin.user('root').create('secret word');
  await admin.user('root').addRole('root');
  await admin.auth.authEnable();
  admin.close();
}
