// Stories of controllers that hear of everything too late, their own writes included: they must not do anything twice.

import { expect } from 'chai';
import { type Deployment, deployments, pods, replicasets } from '../../shared/api/index.ts';
import { onStage, type Stage } from '../support/stage.ts';

const deployment: Deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd', namespace: 'default' },
  spec: {
    replicas: 6,
    selector: { matchLabels: { app: 'd' } },
    template: {
      metadata: { labels: { app: 'd' } },
      spec: { containers: [{ name: 'c', image: 'busybox:1' }] },
    },
  },
};

async function edit(stage: Stage, spec: object): Promise<void> {
  const key = { namespace: 'default', name: 'd' };
  await stage.client.patch(deployments, key, 'application/strategic-merge-patch+json', { spec });
}

/** Every name that pods have had from now on. */
function namesEver(stage: Stage): Set<string> {
  const names = new Set<string>();
  stage.record(pods, ({ metadata }) => {
    names.add(metadata.name);
    return metadata.name;
  });
  return names;
}

describe('with a cache that is behind', () => {
  it('a ReplicaSet creates each of its pods once, and deletes no more than it must', () =>
    onStage(
      async (stage) => {
        await stage.node('node1', { endsIn: () => 5000 });
        const ever = namesEver(stage);
        await stage.pass(3000);
        await stage.create(deployments, deployment);
        await stage.pass(20_000);
        expect(ever.size).to.equal(6);
        await edit(stage, { replicas: 2 });
        for (let turn = 0; turn < 20; turn += 1) {
          await stage.pass(100);
          const staying = (await stage.list(pods)).filter(({ metadata }) => !metadata.deletionTimestamp);
          expect(staying.length).to.be.within(2, 6);
        }
        await stage.pass(20_000);
        expect(await stage.names(pods)).to.have.length(2);
        expect(ever.size).to.equal(6);
      },
      { lag: 700 },
    ));

  it('a ReplicaSet does not delete another pod because the first still looks alive', () =>
    onStage(
      async (stage) => {
        const kubelet = await stage.node('node1', { endsIn: () => 30_000 });
        await stage.create(deployments, deployment);
        await stage.pass(20_000);
        const [first, second] = await stage.list(pods);
        if (!first || !second) throw new Error('there are pods');
        const unready = [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-01-01T00:00:20Z' }];
        await kubelet.say(first, { conditions: unready });
        await edit(stage, { replicas: 5 });
        await stage.pass(300);
        // Heard of after the first was told to go and before that is heard of: another one is the likelier choice then.
        await kubelet.say(second, { phase: 'Pending', conditions: unready });
        await stage.pass(10_000);
        const going = (await stage.list(pods)).filter(({ metadata }) => metadata.deletionTimestamp);
        expect(going.map(({ metadata }) => metadata.name)).to.eql([first.metadata.name]);
      },
      { lag: 700 },
    ));

  it('a Deployment makes one ReplicaSet for each template, and keeps within its leeway', () =>
    onStage(
      async (stage) => {
        await stage.node('node1', { startsIn: () => 500 });
        await stage.create(deployments, deployment);
        await stage.pass(20_000);
        await edit(stage, { template: { spec: { containers: [{ name: 'c', image: 'busybox:2' }] } } });
        for (let turn = 0; turn < 150; turn += 1) {
          await stage.pass(200);
          const all = (await stage.list(pods)).filter(({ metadata }) => !metadata.deletionTimestamp);
          const ready = all.filter(({ status }) =>
            status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
          );
          expect(all.length, 'pods').to.be.at.most(8);
          expect(ready.length, 'ready pods').to.be.at.least(5);
        }
        expect(await stage.names(replicasets)).to.have.length(2);
        const images = (await stage.list(pods)).map(({ spec }) => spec?.containers[0]?.image);
        expect(images).to.eql(Array.from({ length: 6 }, () => 'busybox:2'));
      },
      { lag: 300 },
    ));

  it('the garbage collector takes a pod that says something while its owner goes', () =>
    onStage(
      async (stage) => {
        const kubelet = await stage.node('node1');
        await stage.create(deployments, deployment);
        await stage.pass(20_000);
        await stage.client.delete(deployments, { namespace: 'default', name: 'd' });
        await stage.pass(1000);
        expect(await stage.names(replicasets)).to.eql([]);
        // Heard of after the collector has heard that its owner is gone.
        const [pod] = await stage.list(pods);
        if (!pod) throw new Error('there are pods');
        await kubelet.say(pod, { message: 'busy' });
        await stage.pass(60_000);
        expect(await stage.names(pods)).to.eql([]);
      },
      { lag: 700 },
    ));

  it('the scheduler does not overfill a node', () =>
    onStage(
      async (stage) => {
        await stage.node('node1', { allocatable: { cpu: '2', memory: '4Gi', pods: '4' } });
        await stage.pass(3000);
        await stage.create(deployments, deployment);
        await stage.pass(20_000);
        expect((await stage.list(pods)).filter(({ spec }) => spec?.nodeName)).to.have.length(4);
      },
      { lag: 700 },
    ));
});
