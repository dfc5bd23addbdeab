// Two hubs over one etcd are one cluster: whichever is asked, whichever has the agent, and when one of them is killed.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  kelpProgram,
  RunningProgram,
  type RunResult,
  skipWithout,
  TestCluster,
} from '../../support/cluster.ts';
import { EtcdServer, hasEtcd } from '../../support/etcd.ts';
import { until } from '../../support/until.ts';

const deployment = (replicas: number) =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [{ name: 'c', image: 'host', command: ['sh', '-c', 'echo hello; exec sleep 3600'] }],
        },
      },
    },
  });

describe('several hubs', function () {
  this.timeout(120_000);
  let etcd: EtcdServer;
  let one: TestCluster;
  let two: TestCluster;

  before(async function () {
    if (!hasEtcd) skipWithout(this, 'etcd', 'etcd-server');
    etcd = await EtcdServer.start();
    one = new TestCluster();
    two = new TestCluster();
    await one.startHub({ args: ['--store', `etcd://${etcd.endpoint}`] });
    await two.startHub({ args: ['--store', `etcd://${etcd.endpoint}`] });
    await one.startAgent('pi-1');
  });
  after(async () => {
    await one?.close();
    await two?.close();
    await etcd?.remove();
  });

  const must = async (cluster: TestCluster, ...args: string[]): Promise<string> => {
    const { code, stdout, stderr }: RunResult = await cluster.kelp(...args);
    if (code !== 0) throw new Error(`kelp ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const apply = async (cluster: TestCluster, manifest: string) => {
    const file = join(cluster.directory, 'manifest.json');
    writeFileSync(file, manifest);
    return must(cluster, 'apply', '-f', file);
  };
  const field = (cluster: TestCluster, what: string, path: string) =>
    must(cluster, 'get', what, '-o', `jsonpath={${path}}`);
  const connected = (cluster: TestCluster) =>
    field(cluster, 'node/pi-1', '.status.conditions[?(@.type=="Connected")].status');
  const hubOf = (cluster: TestCluster) => field(cluster, 'node/pi-1', '.metadata.annotations.kelp\\.dev/hub');
  const idOf = ({ hubDirectory }: TestCluster) => readFileSync(join(hubDirectory, 'hub-id'), 'utf8').trim();
  const leader = (cluster: TestCluster) =>
    must(cluster, 'get', 'lease/kelp-leader', '-n', 'kube-system', '-o', 'jsonpath={.spec.holderIdentity}');
  const running = async (cluster: TestCluster) =>
    (await must(cluster, 'get', 'pods', '-o', 'jsonpath={.items[*].status.phase}'))
      .split(' ')
      .filter((p) => p === 'Running').length;

  it('are one cluster: one CA, one administrator, the same objects', async () => {
    expect(two.ca).to.equal(one.ca);
    expect(two.adminToken).to.equal(one.adminToken);
    await must(one, 'create', 'configmap', 'made-at-one', '--from-literal=a=b');
    await until('the ConfigMap at the other hub', async () =>
      (await must(two, 'get', 'configmaps', '-o', 'name')).includes('made-at-one'),
    );
    const leases = await must(two, 'get', 'leases', '-n', 'kube-system', '-o', 'name');
    expect(leases).to.contain(idOf(one)).and.to.contain(idOf(two));
  });

  it('name the hub that has the agent', async () => {
    await until('the agent to be connected', async () => (await connected(two)) === 'True');
    expect(await hubOf(two)).to.equal(idOf(one));
  });

  it('run what is applied at one on the agent of the other, and show its changes over MQTT', async () => {
    const filter = 'kelp/v1/watch/core/pods/#';
    const watching = new RunningProgram(kelpProgram, ['mqtt', 'sub', filter, '--kubeconfig', one.kubeconfig]);
    try {
      await apply(two, deployment(2));
      await until('two pods to run', async () => (await running(two)) === 2, 30_000);
      await watching.line(/"phase":"Running"/);
    } finally {
      await watching.stop();
    }
  });

  it('reach the agent of the other with logs and commands', async () => {
    const log = await must(two, 'logs', 'deploy/web');
    expect(log).to.equal('hello\n');
    const said = await must(two, 'exec', 'deploy/web', '--', 'sh', '-c', 'echo heard');
    expect(said).to.equal('heard\n');
    const many = await must(two, 'exec', 'deploy/web', '--', 'head', '-c', '3000000', '/dev/zero');
    expect(many.length).to.equal(3_000_000);
  });

  it('change the keys of Secrets together', async () => {
    await must(one, 'create', 'secret', 'generic', 'password', '--from-literal=a=geheim');
    await must(one, 'encryption', 'rotate'); // waits for what the other hub may still be writing
    await must(one, 'create', 'secret', 'generic', 'newer', '--from-literal=a=neu');
    await until('the newer Secret at the other hub', async () =>
      (await must(two, 'get', 'secrets', '-o', 'name')).includes('newer'),
    );
    const keys = ({ hubDirectory }: TestCluster) =>
      readFileSync(join(hubDirectory, 'encryption.keys'), 'utf8');
    await until('the new key in the file of the other', () => keys(one) === keys(two));
    expect(await field(two, 'secret/newer', '.data.a')).to.equal(Buffer.from('neu').toString('base64'));
  });

  it('go on with one when the other is killed: another leads, the agent comes over, no workload is touched', async () => {
    const before = one.workloads('pi-1');
    expect(await leader(two)).to.equal(idOf(one));
    await one.hub.stop('SIGKILL');
    await apply(two, deployment(3));
    await until('a third pod, made by the new leader', async () => (await running(two)) === 3, 40_000);
    expect(await leader(two)).to.equal(idOf(two));
    expect(await hubOf(two)).to.equal(idOf(two));
    expect(await connected(two)).to.equal('True');
    expect(one.workloads('pi-1')).to.include.members(before);
    expect(await must(two, 'logs', 'deploy/web')).to.contain('hello');
  });

  it('take the one that was killed back', async () => {
    await one.startHub({ args: ['--store', `etcd://${etcd.endpoint}`] });
    expect(await must(one, 'get', 'pods', '-o', 'name')).to.have.lengthOf.above(20);
    expect(await must(one, 'logs', 'deploy/web')).to.contain('hello');
    await must(one, 'delete', 'deployment', 'web');
    await until('the pods to be gone', async () => (await running(two)) === 0, 30_000);
  });

  it('refuse a data directory of another cluster, in one line', async () => {
    const stranger = new TestCluster();
    try {
      await stranger.startHub();
      await stranger.hub.stop();
      const args = ['hub', '--data-dir', stranger.hubDirectory, '--store', `etcd://${etcd.endpoint}`];
      const program = new RunningProgram(kelpProgram, args);
      expect(await program.ending).to.equal(1);
      expect(program.errorLines.join('\n')).to.match(/^kelp hub: .* belongs to another cluster than .*$/);
    } finally {
      await stranger.close();
    }
  });
});
