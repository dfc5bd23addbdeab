// What people see of a hub whose etcd goes away: reads go on, writes are refused in words, and nobody has to start it again.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { skipWithout, TestCluster } from '../../support/cluster.ts';
import { EtcdServer, hasEtcd } from '../../support/etcd.ts';

describe('a hub whose etcd goes away', function () {
  this.timeout(120_000);
  let etcd: EtcdServer;
  let cluster: TestCluster;

  before(async function () {
    if (!hasEtcd) skipWithout(this, 'etcd', 'etcd-server');
    etcd = await EtcdServer.start();
    cluster = new TestCluster();
    await cluster.startHub({ args: ['--store', `etcd://${etcd.endpoint}`] });
  });
  after(async () => {
    await cluster?.close();
    await etcd?.remove();
  });

  const create = (name: string) => cluster.kelp('create', 'configmap', name, '--from-literal=a=b');
  const health = async () => (await cluster.kelp('get', 'componentstatuses')).stdout;
  const answered = async (path: string) => {
    const { stdout, stderr } = await cluster.kelp('get', '--raw', path);
    return (stdout + stderr).trim();
  };
  const all = async () => (await cluster.kelp('get', 'configmaps', '-o', 'name')).stdout;

  it('serves what it knows, refuses writes with the reason, and goes on when etcd is back', async () => {
    expect((await create('before')).code).to.equal(0);
    await etcd.kill();
    const refused = await create('meanwhile');
    expect(refused.code).not.to.equal(0);
    expect(refused.stderr)
      .to.contain(etcd.endpoint)
      .and.to.match(/nothing was written|may have been carried out/);
    expect(await all()).to.contain('before');
    expect(cluster.hub.exitCode).to.equal(undefined);
    expect(await health())
      .to.match(/etcd-0 +Unhealthy/)
      .and.to.contain(etcd.endpoint);
    expect(await answered('/readyz'))
      .to.contain('[-]etcd failed: reason withheld')
      .and.to.contain('an error on the server');
    expect(await answered('/readyz/etcd')).to.contain(etcd.endpoint);
    expect(await answered('/livez')).to.equal('ok');
    await etcd.start();
    expect((await create('after')).code).to.equal(0);
    expect(await all()).to.contain('after');
    expect(await health()).to.match(/etcd-0 +Healthy/);
    expect(await answered('/readyz')).to.equal('ok');
  });

  it('says what is too large for it', async () => {
    const file = join(cluster.directory, 'big.json');
    const metadata = { name: 'big', namespace: 'default' };
    const data = { a: 'x'.repeat(900_000), b: 'x'.repeat(900_000) };
    // Not a ConfigMap, which has a limit of its own.
    const group = { apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata, data, revision: 1 };
    writeFileSync(file, JSON.stringify(group));
    const { code, stderr } = await cluster.kelp('create', '-f', file);
    expect(code).not.to.equal(0);
    expect(stderr).to.contain('--max-request-bytes').and.to.contain('/controllerrevisions/default/big');
  });
});
