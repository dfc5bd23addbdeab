// kubectl top with every kubectl that is here: what boards and pods use, from the boards themselves.

import { join } from 'node:path';
import { expect } from 'chai';
import { type Pod, pods } from '../../shared/api/index.ts';
import { HttpTransport } from '../../shared/client/http/index.ts';
import { createClient } from '../../shared/client/index.ts';
import { eventually, kubectls, run, TestCluster } from '../support/cluster.ts';

function pod(name: string, script: string): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      runtimeClassName: 'process',
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'c', image: 'host', command: ['sh', '-c', script] }],
    },
  };
}

describe('kubectl top', function () {
  this.timeout(60_000);
  const cluster = new TestCluster();

  before(async function () {
    if (kubectls().length === 0) return this.skip();
    await cluster.startHub();
    await Promise.all(['pi-1', 'pi-2'].map((name) => cluster.startAgent(name)));
    const transport = new HttpTransport({
      server: cluster.server,
      ca: cluster.ca,
      token: cluster.adminToken,
    });
    const client = createClient(transport);
    await client.create(pods, pod('busy', 'while :; do :; done'));
    await client.create(pods, pod('idle', 'while :; do sleep 1000; done'));
    await eventually('both pods run', async () => {
      const { items } = await client.list(pods, { namespace: 'default' });
      return items.every(({ status }) => status?.phase === 'Running') || undefined;
    });
    transport.close();
  });

  after(() => cluster.close());

  for (const { version, path } of kubectls()) {
    async function kubectl(...args: string[]): Promise<string[][]> {
      const cache = join(cluster.directory, `cache-${version}`);
      const options = ['--kubeconfig', cluster.kubeconfig, '--cache-dir', cache];
      const { code, stdout, stderr } = await run(path, [...options, ...args]);
      expect(code, stderr).to.equal(0);
      return stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/\s+/));
    }

    it(`nodes, with kubectl ${version}`, async () => {
      const [head, ...rows] = await kubectl('top', 'nodes');
      expect(head?.[0]).to.equal('NAME');
      expect(rows.map(([name]) => name)).to.deep.equal(['pi-1', 'pi-2']);
      for (const [, cpu = '', cpuShare = '', memory = '', memoryShare = ''] of rows) {
        expect(Number.parseInt(cpu, 10), cpu).to.be.greaterThan(100);
        expect([cpu, cpuShare, memory, memoryShare].join(' ')).to.match(/^\d+m \d+% \d+Mi \d+%$/);
      }
    });

    it(`pods, with kubectl ${version}`, async () => {
      const [, ...rows] = await kubectl('top', 'pods');
      const used = new Map(rows.map(([name, cpu = '']) => [name, Number.parseInt(cpu, 10)]));
      expect([...used.keys()]).to.have.members(['busy', 'idle']);
      expect(used.get('busy')).to.be.greaterThan(100);
      expect(used.get('idle')).to.be.lessThan(50);
      const [, [podName, container] = []] = await kubectl('top', 'pod', 'busy', '--containers');
      expect([podName, container]).to.deep.equal(['busy', 'c']);
    });
  }

  it("is also what the board's own server says", async () => {
    const [kubectl] = kubectls();
    const raw = ['get', '--raw', '/api/v1/nodes/pi-1/proxy/stats/summary'];
    const { stdout, stderr } = await run(kubectl?.path ?? '', ['--kubeconfig', cluster.kubeconfig, ...raw]);
    expect(stderr).to.equal('');
    const { node } = JSON.parse(stdout);
    expect(node.nodeName).to.equal('pi-1');
    expect(node.cpu.usageNanoCores).to.be.greaterThan(0);
    expect(node.memory.workingSetBytes).to.be.greaterThan(0);
  });
});
