// The network of pods in a whole cluster: the hub gives a node its range, and the node its pods addresses of it.

import { expect } from 'chai';
import type { Node, Pod } from '../../../shared/api/index.ts';
import { eventually, kelpProgram, run, TestCluster } from '../../support/cluster.ts';
import { networkTraces } from '../../support/pod-networks.ts';

describe('pods with a network of their own', function () {
  this.timeout(90_000);
  const cluster = new TestCluster();

  before(async function () {
    if (process.getuid?.() !== 0) {
      console.log('      needs root');
      return this.skip();
    }
    await cluster.startHub();
    await Promise.all([
      cluster.startAgent('pi-1'),
      cluster.startAgent('pi-2', { args: ['--pod-network', 'host'] }),
    ]);
  });
  after(() => cluster.close());

  async function get<T>(...what: string[]): Promise<T> {
    const { stdout, stderr } = await cluster.kelp('get', ...what, '-o', 'json');
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout);
  }

  async function start(name: string, nodeName: string, script = 'exec sleep 100000'): Promise<Pod> {
    const containers = [{ name: 'c', image: 'host', command: ['sh', '-c', script] }];
    const pod = {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name } },
      spec: { nodeName, terminationGracePeriodSeconds: 0, containers },
    };
    const { code, stderr } = await run(kelpProgram, ['apply', '-f', '-'], {
      env: { KUBECONFIG: cluster.kubeconfig },
      input: JSON.stringify(pod),
    });
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    return running(name);
  }

  const running = (name: string) =>
    eventually(`${name} to run`, async () => {
      const pod = await get<Pod>('pod', name);
      return pod.status?.phase === 'Running' ? pod : undefined;
    });

  const networkOf = async (name: string) =>
    (await get<Node>('node', name)).status?.conditions?.find(({ type }) => type === 'PodNetwork');

  it('have addresses of their node’s range, and two of them one port', async () => {
    const serving = `exec node -e "require('http').createServer((q, s) => s.end('hello')).listen(8080)"`;
    const pods = [await start('a', 'pi-1', serving), await start('b', 'pi-1', serving)];
    const { spec } = await get<Node>('node', 'pi-1');
    const [, range] = /^(10\.\d+\.\d+\.)0\/24$/.exec(spec?.podCIDR ?? '') ?? [];
    for (const { status } of pods) {
      const address = status?.podIP ?? '';
      expect(address.startsWith(range ?? 'none'), `${address} of ${spec?.podCIDR}`).to.equal(true);
      expect(status?.hostIP).not.to.equal(address);
      const answer = () => fetch(`http://${address}:8080/`).then((response) => response.text());
      expect(await eventually(`${address} to answer`, answer)).to.equal('hello');
    }
    expect(await networkOf('pi-1')).to.include({ status: 'True', reason: 'PodsHaveAddresses' });
  });

  it('share the node’s where it is told so, and it says that', async () => {
    const { status } = await start('c', 'pi-2');
    expect(status?.podIP).to.equal(status?.hostIP);
    expect(await networkOf('pi-2')).to.include({
      status: 'False',
      message: 'pods share the network of the node: its agent was told so',
    });
  });

  it('keep their addresses, and the node its range, over a start without the hub', async () => {
    const before = (await get<Pod>('pod', 'a')).status?.podIP;
    await cluster.hub.stop('SIGKILL');
    await cluster.agents.get('pi-1')?.stop('SIGKILL');
    for (const pid of cluster.workloads('pi-1')) process.kill(pid, 'SIGKILL');
    await cluster.startAgent('pi-1', { wait: false });
    await eventually('the server of a to answer again', () =>
      fetch(`http://${before}:8080/`).then((response) => response.ok || undefined),
    );
    await cluster.startHub();
    const { status } = await eventually('a to be ready again', async () => {
      const pod = await get<Pod>('pod', 'a');
      return pod.status?.containerStatuses?.[0]?.restartCount ? pod : undefined;
    });
    expect(status?.podIP).to.equal(before);
  });

  it('leave nothing of it when they are gone', async () => {
    expect(networkTraces(cluster.agentDirectory('pi-1'))).not.to.deep.equal([]);
    await cluster.kelp('delete', 'pod', 'a', 'b', 'c');
    const traces = () => ['pi-1', 'pi-2'].flatMap((name) => networkTraces(cluster.agentDirectory(name)));
    await eventually('nothing to be left', () => traces().length === 0 || undefined);
  });
});
