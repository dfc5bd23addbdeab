// kubectl rollout of DaemonSets and StatefulSets, with every kubectl that is here, over an agent that runs their pods.

import { join } from 'node:path';
import { expect } from 'chai';
import { type DaemonSet, daemonsets, pods, type StatefulSet, statefulsets } from '../../shared/api/index.ts';
import { HttpTransport } from '../../shared/client/http/index.ts';
import { type Client, createClient } from '../../shared/client/index.ts';
import { kubectls, run, TestCluster } from '../support/cluster.ts';
import { sleeper } from '../support/manifests.ts';

function specOf(name: string) {
  const { selector = {}, template = {} } = sleeper(name, 1).spec ?? {};
  // Signs that Go escapes in JSON: kubectl compares templates by their bytes.
  const metadata = { ...template.metadata, annotations: { runs: 'true && <this> \u2028' } };
  return { selector, template: { ...template, metadata } };
}

function daemonSet(name: string): DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: 'default' },
    spec: specOf(name),
  };
}

function statefulSet(name: string): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace: 'default' },
    spec: { ...specOf(name), serviceName: 's', replicas: 2 },
  };
}

describe('kubectl rollout of sets', function () {
  this.timeout(120_000);
  const cluster = new TestCluster();
  let transport: HttpTransport;
  let client: Client;

  before(async function () {
    if (kubectls().length === 0) return this.skip();
    await cluster.startHub();
    await cluster.startAgent('pi-1');
    transport = new HttpTransport({ server: cluster.server, ca: cluster.ca, token: cluster.adminToken });
    client = createClient(transport);
  });

  after(async () => {
    transport?.close();
    await cluster.close();
  });

  async function valuesOf(name: string): Promise<(string | undefined)[]> {
    const { items } = await client.list(pods, { namespace: 'default', labelSelector: `app=${name}` });
    return items
      .filter(({ metadata }) => !metadata.deletionTimestamp)
      .map(({ spec }) => spec?.containers[0]?.env?.[0]?.value);
  }

  for (const [at, { version, path }] of kubectls().entries()) {
    const kubectl = async (...args: string[]): Promise<string> => {
      const cache = join(cluster.directory, `cache-${version}`);
      const result = await run(path, ['--kubeconfig', cluster.kubeconfig, '--cache-dir', cache, ...args]);
      expect(result.code, `kubectl ${args.join(' ')}: ${result.stderr}`).to.equal(0);
      return result.stdout;
    };

    const ways = {
      daemonset: { count: 1, create: (name: string) => client.create(daemonsets, daemonSet(name)) },
      statefulset: { count: 2, create: (name: string) => client.create(statefulsets, statefulSet(name)) },
    };
    for (const [kind, { count, create }] of Object.entries(ways)) {
      it(`with kubectl ${version} shows and goes back to what a ${kind} was`, async () => {
        const name = `${kind}-${at}`;
        const set = `${kind}/${name}`;
        const rolledOut = async () =>
          expect(await kubectl('rollout', 'status', set, '--timeout=60s')).to.match(
            /successfully rolled out|roll(ing update| out) complete/,
          );
        await create(name);
        await rolledOut();
        await kubectl('set', 'env', set, 'V=2');
        await rolledOut();
        expect(await valuesOf(name)).to.eql(Array.from({ length: count }, () => '2'));
        const history = await kubectl('rollout', 'history', set);
        expect(history.match(/^\d+ /gm)).to.eql(['1 ', '2 ']);
        expect(await kubectl('rollout', 'history', set, '--revision=2')).to.match(/V:\s+2/);
        expect(await kubectl('rollout', 'history', set, '--revision=1')).to.not.match(/V:\s+2/);
        expect(await kubectl('rollout', 'undo', set)).to.contain('rolled back');
        await rolledOut();
        expect(await valuesOf(name)).to.eql(Array.from({ length: count }, () => undefined));
        expect((await kubectl('rollout', 'history', set)).match(/^\d+ /gm)).to.eql(['2 ', '3 ']);
        expect(await kubectl('rollout', 'undo', set, '--to-revision=3')).to.contain(
          'skipped rollback (current template already matches revision 3)',
        );
        await kubectl('rollout', 'restart', set);
        await rolledOut();
        expect((await kubectl('rollout', 'history', set)).match(/^\d+ /gm)).to.eql(['2 ', '3 ', '4 ']);
        if (kind === 'statefulset') {
          await kubectl('scale', set, '--replicas=1');
          await rolledOut();
        }
        await kubectl('delete', set, '--wait=true', '--cascade=foreground');
        expect(await valuesOf(name)).to.eql([]);
      });
    }

    it(`with kubectl ${version} drains a node around its daemons`, async () => {
      const name = `kept-${at}`;
      await client.create(daemonsets, daemonSet(name));
      await kubectl('rollout', 'status', `daemonset/${name}`, '--timeout=60s');
      const drained = await kubectl('drain', 'pi-1', '--ignore-daemonsets', '--timeout=60s');
      expect(drained).to.contain('pi-1 drained');
      expect(await valuesOf(name)).to.eql([undefined]);
      await kubectl('uncordon', 'pi-1');
      await kubectl('delete', 'daemonset', name);
    });
  }
});
