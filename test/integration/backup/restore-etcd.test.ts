// How a fleet outgrows one machine, and comes back: from the embedded store to etcd, and from etcd to the embedded store.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { takeBackup, writeWholeFile } from '../../../hub/backup/index.ts';
import { EtcdStore, MemoryStore, parseEtcdAddress, plainText } from '../../../hub/store/index.ts';
import { createLog, systemClock } from '../../../shared/base/index.ts';
import { kelpProgram, RunningProgram, skipWithout, TestCluster } from '../../support/cluster.ts';
import { EtcdServer, hasEtcd } from '../../support/etcd.ts';
import { HttpsJson, type Json } from '../../support/https-json.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const secrets = '/api/v1/namespaces/default/secrets';

describe('a restore between stores', function () {
  this.timeout(180_000);
  let etcd: EtcdServer;
  const cluster = new TestCluster();
  const file = join(cluster.directory, 'cluster.backup');

  before(async function () {
    if (!hasEtcd) skipWithout(this, 'etcd', 'etcd-server');
    etcd = await EtcdServer.start();
  });
  after(async () => {
    await cluster.close();
    await etcd?.remove();
  });

  const address = (prefix: string) => `etcd://${etcd.endpoint}/${prefix}`;
  const keysBelow = (prefix: string) => {
    const words = ['--endpoints', etcd.endpoint, 'get', '--prefix', '--keys-only', prefix];
    return execFileSync('etcdctl', words, { encoding: 'utf8', env: { ...process.env, ETCDCTL_API: '3' } })
      .split('\n')
      .filter(Boolean);
  };
  const valuesBelow = (prefix: string) =>
    execFileSync('etcdctl', ['--endpoints', etcd.endpoint, 'get', '--prefix', prefix], {
      encoding: 'latin1',
      env: { ...process.env, ETCDCTL_API: '3' },
    });

  it('takes a cluster to etcd and back: objects, Secrets, rising revisions', async () => {
    const kelp = async (...args: string[]) => {
      const { code, stdout, stderr } = await cluster.kelp(...args);
      expect(code, stderr).to.equal(0);
      return stdout;
    };
    await cluster.startHub();
    let api = new HttpsJson(cluster.server, cluster.kubeconfig);
    const data = { value: Buffer.from('between the stores').toString('base64') };
    await api.must('POST', secrets, {
      body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data },
    });
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data: { a: 'b' } };
    const { metadata: old } = await api.must('POST', maps, { body: map });
    await kelp('backup', file);
    api.close();
    await cluster.hub.stop();

    // The same cluster goes on with the same keys: nothing has to be forced.
    const store = address('grown');
    await kelp('restore', file, '--data-dir', cluster.hubDirectory, '--store', store);
    await cluster.startHub({ args: ['--store', store] });
    api = new HttpsJson(cluster.server, cluster.kubeconfig);
    const grown: Json = await api.must('GET', `${maps}/m`);
    expect(grown.data).to.deep.equal({ a: 'b' });
    expect(grown.metadata.uid).to.equal(old.uid);
    expect(Number(grown.metadata.resourceVersion)).to.be.greaterThan(Number(old.resourceVersion) + 1e9);
    expect((await api.must('GET', `${secrets}/s`)).data).to.deep.equal(data);
    expect(valuesBelow('/grown/')).not.to.include(data.value);
    const watch = await api.ask('GET', `${maps}?watch=1&resourceVersion=${old.resourceVersion}`);
    expect([watch.body.type, watch.body.object.code]).to.deep.equal(['ERROR', 410]);
    const stale = { ...map, metadata: { name: 'm', resourceVersion: old.resourceVersion } };
    expect((await api.ask('PUT', `${maps}/m`, { body: stale })).code).to.equal(409);
    const current = { ...map, metadata: grown.metadata, data: { a: 'c' } };
    const { metadata: listed } = await api.must('GET', maps);
    const { metadata: written } = await api.must('PUT', `${maps}/m`, { body: current });
    expect(Number(written.resourceVersion)).to.be.greaterThan(Number(grown.metadata.resourceVersion));
    const events = await api.watch(`${maps}?watch=1&resourceVersion=${listed.resourceVersion}`);
    await api.must('DELETE', `${maps}/m`);
    await api.must('POST', maps, { body: map });
    const { metadata: newest } = await api.must('GET', maps);

    // A second hub of the cluster finds there what makes it one.
    const second = new TestCluster();
    await second.startHub({ args: ['--store', store] });
    expect(second.ca).to.equal(cluster.ca);
    const beside = new HttpsJson(second.server, second.kubeconfig);
    expect((await beside.must('GET', `${secrets}/s`)).data).to.deep.equal(data);
    beside.close();
    await second.close();

    const back = join(cluster.directory, 'back.backup');
    await kelp('backup', back);
    // In etcd there is a cluster now, and its hub runs: it notices what becomes of it.
    const again = await cluster.kelp(
      'restore',
      file,
      '--data-dir',
      join(cluster.directory, 'x'),
      '--store',
      store,
    );
    expect([again.code, again.stderr]).to.deep.equal([
      1,
      `error: ${store} holds a cluster already: --force puts the backup in its place\n`,
    ]);
    expect(events.map(({ type }) => type)).to.include.members(['MODIFIED', 'DELETED', 'ADDED']);
    const { hub } = cluster;
    await kelp('restore', file, '--data-dir', join(cluster.directory, 'x'), '--store', store, '--force');
    expect(await hub.ending).to.equal(1);
    expect(hub.errorLines.join('\n')).to.match(/etcd is not what it was: it has another history/);
    api.close();
    expect(new Set(keysBelow('/grown/objects').map((key) => key.split('/')[2])).size).to.equal(1);

    const other = new TestCluster();
    try {
      await kelp('restore', back, '--data-dir', other.hubDirectory);
      await other.startHub();
      const there = new HttpsJson(other.server, other.kubeconfig);
      const { items, metadata } = await there.must('GET', maps);
      expect(items.map((each: Json) => each.metadata.name)).to.include('m');
      expect(Number(metadata.resourceVersion)).to.be.greaterThan(Number(newest.resourceVersion));
      expect((await there.must('GET', `${secrets}/s`)).data).to.deep.equal(data);
      there.close();
    } finally {
      await other.close();
    }
  });

  describe('that is killed', () => {
    const rounds = process.env.KELP_NIGHTLY ? 60 : 4;
    const objects = 3_000;
    const directory = mkdtempSync(join(tmpdir(), 'kelp-restore-'));
    let restore: RunningProgram | undefined;
    after(async () => {
      await restore?.stop('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    });

    async function backupOf(which: string): Promise<string> {
      const store = new MemoryStore({ clock: systemClock });
      await store.start();
      await store.commit(
        Array.from({ length: objects }, (_, at) => ({
          key: `/core/configmaps/default/c-${at}`,
          object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c-${at}` }, data: { which } },
        })),
      );
      const freeze = async () => ({ material: {}, text: plainText });
      const { bytes } = await takeBackup({ store, clock: systemClock, version: 'v0', volatile: [], freeze });
      const path = join(directory, `${which}.backup`);
      await writeWholeFile(path, bytes);
      return path;
    }

    it(`leaves the old cluster or the new one in etcd, ${rounds} times`, async () => {
      const files = [await backupOf('one'), await backupOf('two')];
      const outcomes = new Set<string>();
      let longest = 2_000;
      const enough = () => outcomes.has('killed') && outcomes.has('through');
      for (let round = 0; round < rounds || (!enough() && round < rounds + 20); round += 1) {
        const args = [
          'restore',
          files[round % 2] ?? '',
          '--data-dir',
          join(directory, 'd'),
          '--force',
          '--store',
          address('killed'),
        ];
        const began = performance.now();
        const started = new RunningProgram(kelpProgram, args);
        restore = started;
        const letThrough = round === 0 || round === rounds - 1;
        const timer = letThrough
          ? undefined
          : setTimeout(
              () => started.child.kill('SIGKILL'),
              longest * (0.3 + (0.7 * (round % rounds)) / rounds),
            );
        const code = await started.ending;
        clearTimeout(timer);
        if (letThrough) expect(code, started.errorLines.join('\n')).to.equal(0);
        if (code === 0) longest = performance.now() - began;
        const found = await whose();
        if (code === 0) expect(found).to.equal(round % 2 === 0 ? 'one' : 'two');
        outcomes.add(`${code === 0 ? 'through' : 'killed'}`);
      }
      expect([...outcomes])
        .to.include('through')
        .and.include('killed');
    });

    /** Whose objects a hub finds; all of them. */
    async function whose(): Promise<string> {
      const log = createLog('test', 'silent');
      const store = new EtcdStore({ address: parseEtcdAddress(address('killed')), clock: systemClock, log });
      await store.start();
      const found = [...(await store.all()).objects.values()].map((object: Json) => object.data.which);
      await store.stop();
      expect(found).to.have.length(objects);
      expect(new Set(found).size).to.equal(1);
      return found[0];
    }
  });
});
