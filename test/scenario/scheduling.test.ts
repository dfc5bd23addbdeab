// Stories of pods that look for a node.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { type Node, nodes, type Pod, pods } from '../../shared/api/index.ts';
import { onStage, type Stage } from '../support/stage.ts';

const file = readFileSync(new URL('../fixtures/stories/scheduling-failures.yaml', import.meta.url), 'utf8');
const story: { pods: Record<string, { status?: Pod['status'] }[]> } = parse(file);

/** What the recorded cluster said of a pod; since v1.32 a word on preemption follows. */
function recordedMessage(name: string): string {
  const states = story.pods[name] ?? [];
  const conditions = states.flatMap(({ status }) => status?.conditions ?? []);
  return conditions.find(({ reason }) => reason === 'Unschedulable')?.message ?? 'not recorded';
}

function pod(name: string, spec: Partial<Pod['spec'] & object> = {}, labels?: Record<string, string>): Pod {
  const metadata = { name, namespace: 'default', ...(labels && { labels }) };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { containers: [{ name: 'c', image: 'busybox' }], ...spec },
  };
}

const asking = (requests: Record<string, string>) => ({
  containers: [{ name: 'c', image: 'busybox', resources: { requests, limits: requests } }],
});

async function scheduled(stage: Stage, name: string) {
  const found = await stage.get(pods, name);
  return found.status?.conditions?.find(({ type }) => type === 'PodScheduled');
}

describe('the scheduler', () => {
  it('says why a pod fits nowhere, in the words of Kubernetes', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      const useless = ' preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.';
      const hostPort = {
        containers: [{ name: 'c', image: 'busybox', ports: [{ containerPort: 1, hostPort: 8080 }] }],
      };
      await stage.create(pods, pod('hp1', hostPort));
      await stage.create(pods, pod('hp2', hostPort));
      await stage.create(pods, pod('selector', { nodeSelector: { disk: 'ssd' } }));
      await stage.create(pods, pod('cpu', asking({ cpu: '100' })));
      await stage.create(pods, pod('memory', asking({ memory: '1000Gi' })));
      await stage.create(pods, pod('both', asking({ cpu: '100', memory: '1000Gi' })));
      await stage.create(pods, pod('ext', asking({ 'example.com/gpu': '1' })));
      for (const name of ['selector', 'cpu', 'memory', 'both', 'ext']) {
        const message = recordedMessage(name) + useless;
        expect(await scheduled(stage, name), name).to.include({
          status: 'False',
          reason: 'Unschedulable',
          message,
        });
        expect(await stage.eventsOf(`Pod/${name}`)).to.eql([`Warning FailedScheduling ${message}`]);
      }
      const victims = ' preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.';
      expect((await scheduled(stage, 'hp2'))?.message).to.equal(recordedMessage('hp2') + victims);
    }));

  it('tries again as soon as a node has changed, and says where the pod went', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(pods, pod('a', { nodeSelector: { disk: 'ssd' } }));
      await stage.pass(5000);
      const patch = { metadata: { labels: { disk: 'ssd' } } };
      await stage.client.patch(nodes, { name: 'node1' }, 'application/merge-patch+json', patch);
      await stage.quiet();
      expect((await stage.get(pods, 'a')).spec?.nodeName).to.equal('node1');
      expect(await scheduled(stage, 'a')).to.include({ status: 'True' });
      expect((await stage.eventsOf('Pod/a')).at(-1)).to.equal(
        'Normal Scheduled Successfully assigned default/a to node1',
      );
    }));

  it('waits for a node where there is none', () =>
    onStage(async (stage) => {
      await stage.create(pods, pod('a'));
      expect((await scheduled(stage, 'a'))?.message).to.equal('no nodes available to schedule pods');
      await stage.pass(1000);
      await stage.node('node1');
      expect((await stage.get(pods, 'a')).spec?.nodeName).to.equal('node1');
    }));

  it('fills a node to its last place in a burst, and the next one when it is free', () =>
    onStage(async (stage) => {
      await stage.node('node1', { allocatable: { cpu: '2', memory: '4Gi', pods: '5' } });
      const names = Array.from({ length: 8 }, (_, turn) => `p${turn}`);
      await Promise.all(names.map((name) => stage.client.create(pods, pod(name))));
      await stage.quiet();
      const placed = async () => (await stage.list(pods)).filter(({ spec }) => spec?.nodeName).length;
      expect(await placed()).to.equal(5);
      const waiting = (await stage.list(pods)).find(({ spec }) => !spec?.nodeName);
      expect((await scheduled(stage, waiting?.metadata.name ?? ''))?.message).to.contain('1 Too many pods.');
      const [first] = (await stage.list(pods)).filter(({ spec }) => spec?.nodeName);
      await stage.client.delete(pods, { namespace: 'default', name: first?.metadata.name ?? '' });
      await stage.pass(1000);
      expect(await placed()).to.equal(5);
      expect(await stage.names(pods)).to.have.length(7);
    }));

  it('spreads the pods of one owner over the nodes', () =>
    onStage(async (stage) => {
      for (const name of ['node1', 'node2', 'node3']) await stage.node(name);
      const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: 'node1', uid: 'x', controller: true }];
      const [owner] = await stage.list<Node>(nodes);
      const references = ownerReferences.map((each) => ({ ...each, uid: owner?.metadata.uid ?? '' }));
      for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
        const { metadata, ...rest } = pod(name);
        await stage.create(pods, { ...rest, metadata: { ...metadata, ownerReferences: references } });
      }
      const places = (await stage.list(pods)).map(({ spec }) => spec?.nodeName);
      expect(places.sort()).to.eql(['node1', 'node1', 'node2', 'node2', 'node3', 'node3']);
    }));

  it('leaves other schedulers’ pods and gated pods alone', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(pods, pod('foreign', { schedulerName: 'mine' }));
      await stage.create(pods, pod('gated', { schedulingGates: [{ name: 'example.com/wait' }] }));
      expect((await stage.get(pods, 'foreign')).spec?.nodeName).to.equal(undefined);
      expect((await stage.get(pods, 'gated')).spec?.nodeName).to.equal(undefined);
      await stage.client.patch(
        pods,
        { namespace: 'default', name: 'gated' },
        'application/merge-patch+json',
        { spec: { schedulingGates: null } },
      );
      await stage.quiet();
      expect((await stage.get(pods, 'gated')).spec?.nodeName).to.equal('node1');
    }));

  it('brings a pod to its friend as soon as the friend has a node', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      const term = { labelSelector: { matchLabels: { app: 'db' } }, topologyKey: 'kubernetes.io/hostname' };
      const podAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [term] };
      await stage.create(pods, pod('web', { affinity: { podAffinity } }));
      expect((await scheduled(stage, 'web'))?.message).to.contain(
        "1 node(s) didn't match pod affinity rules.",
      );
      await stage.pass(1000);
      await stage.create(pods, pod('db', {}, { app: 'db' }));
      expect((await stage.get(pods, 'web')).spec?.nodeName).to.equal('node1');
    }));
});
