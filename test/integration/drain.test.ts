// kubectl drain: evictions one by one, as the disruption budget lets them go, with every kubectl that is here.

import { join } from 'node:path';
import { expect } from 'chai';
import {
  deployments,
  type Pod,
  type PodDisruptionBudget,
  poddisruptionbudgets,
  pods,
} from '../../shared/api/index.ts';
import { HttpTransport } from '../../shared/client/http/index.ts';
import { type Client, createClient } from '../../shared/client/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import { eventually, kubectls, type RunResult, run, TestCluster } from '../support/cluster.ts';
import { sleeper } from '../support/manifests.ts';

function budget(minAvailable: number): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'pdb', namespace: 'default' },
    spec: { minAvailable, selector: { matchLabels: { app: 'app' } } },
  };
}

describe('kubectl drain', function () {
  this.timeout(120_000);
  const cluster = new TestCluster();
  let transport: HttpTransport;
  let client: Client;

  before(async function () {
    if (kubectls().length === 0) return this.skip();
    await cluster.startHub();
    await Promise.all(['pi-1', 'pi-2'].map((name) => cluster.startAgent(name)));
    transport = new HttpTransport({ server: cluster.server, ca: cluster.ca, token: cluster.adminToken });
    client = createClient(transport);
    await client.create(deployments, sleeper('app', 2));
    await runningOn(2);
  });

  after(async () => {
    transport?.close();
    await cluster.close();
  });

  /** Waits for so many running pods; answers their nodes. */
  const runningOn = (count: number, where: (pod: Live<Pod>) => boolean = () => true) =>
    eventually(`${count} running pods`, async () => {
      const all = (await client.list(pods, { namespace: 'default' })).items.filter(
        ({ metadata }) => !metadata.deletionTimestamp,
      );
      const good = all.every(
        (pod) => pod.status?.containerStatuses?.every(({ ready }) => ready) && where(pod),
      );
      return all.length === count && good ? all.map(({ spec }) => spec?.nodeName) : undefined;
    });

  for (const { version, path } of kubectls()) {
    const kubectl = (...args: string[]): Promise<RunResult> =>
      run(path, [
        '--kubeconfig',
        cluster.kubeconfig,
        '--cache-dir',
        join(cluster.directory, `cache-${version}`),
        ...args,
      ]);

    it(`with kubectl ${version} waits until a budget lets the pods go`, async () => {
      await client.create(poddisruptionbudgets, budget(2));
      const [node = ''] = await runningOn(2);
      const refused = await kubectl('drain', node, '--timeout=4s');
      expect(refused.stderr).to.contain(
        "(will retry after 5s): Cannot evict pod as it would violate the pod's disruption budget.",
      );
      expect(refused.code).to.equal(1);
      const key = { namespace: 'default', name: 'pdb' };
      await client.patch(poddisruptionbudgets, key, 'application/merge-patch+json', {
        spec: { minAvailable: 1 },
      });
      const drained = await kubectl('drain', node, '--timeout=60s');
      expect(drained.code, drained.stderr).to.equal(0);
      expect(`${drained.stdout}${drained.stderr}`).to.match(/evicting pod default\/app-/);
      expect(drained.stdout).to.match(/pod\/app-\S+ evicted/);
      expect(drained.stdout).to.match(new RegExp(`node/${node} (drained|evicted)`));
      await runningOn(2, ({ spec }) => spec?.nodeName !== node);
      expect((await kubectl('uncordon', node)).stdout).to.equal(`node/${node} uncordoned\n`);
      await client.delete(poddisruptionbudgets, key);
    });
  }
});
