// Stories of nodes that fall silent, and of pods on tainted nodes.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { deployments, type Node, nodes, type Pod, pods } from '../../shared/api/index.ts';
import { type Live, mutableCopy } from '../../shared/machinery/index.ts';
import { onStage, type Stage } from '../support/stage.ts';

interface RecordedNode {
  spec?: Node['spec'];
  status?: Node['status'];
}

function recordedNode(story: string): RecordedNode[] {
  const file = readFileSync(new URL(`../fixtures/stories/${story}.yaml`, import.meta.url), 'utf8');
  return parse(file).nodes.node1;
}

const conditionsOf = ({ status }: Pick<Node, 'status'>) =>
  (status?.conditions ?? []).map(({ type, status, reason, message }) => ({ type, status, reason, message }));
const taintsOf = ({ spec }: Pick<Node, 'spec'>) =>
  (spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);

function pod(name: string, spec: Partial<Pod['spec'] & object> = {}): Pod {
  const metadata = { name, namespace: 'default' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { containers: [{ name: 'c', image: 'busybox' }], ...spec },
  };
}

const bearing = (tolerationSeconds: number) => ({
  tolerations: [
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds },
  ],
});

async function isGoing(stage: Stage, name: string): Promise<boolean> {
  return (await stage.get(pods, name)).metadata.deletionTimestamp !== undefined;
}

async function readyOf(stage: Stage, name: string): Promise<string | undefined> {
  return (await stage.get(pods, name)).status?.conditions?.find(({ type }) => type === 'Ready')?.status;
}

async function taint(
  stage: Stage,
  name: string,
  taints: NonNullable<Node['spec']>['taints'] & object,
): Promise<void> {
  const node = mutableCopy<Live<Node>>(await stage.get(nodes, name));
  node.spec = { ...node.spec, taints };
  await stage.client.update(nodes, node);
  await stage.quiet();
}

describe('a node', () => {
  it('that is silent among others is unknown, tainted, and loses its pods after their tolerations', () =>
    onStage(async (stage) => {
      const silent = await stage.node('node1');
      await stage.create(pods, pod('tol10', bearing(10)));
      await stage.create(pods, pod('dflt'));
      await stage.node('node2');
      silent.freeze();
      await stage.pass(35_000);
      expect(conditionsOf(await stage.get(nodes, 'node1')).at(-1)).to.include({
        type: 'Ready',
        status: 'True',
      });
      await stage.pass(10_000);
      const [unknown, , tainted] = recordedNode('kubelet-stopped-two-nodes');
      expect(conditionsOf(await stage.get(nodes, 'node1'))).to.eql(conditionsOf(unknown ?? {}));
      expect(taintsOf(await stage.get(nodes, 'node1'))).to.eql(taintsOf(tainted ?? {}));
      expect(await readyOf(stage, 'dflt')).to.equal('False');
      expect(await stage.eventsOf('Node/node1')).to.eql([
        'Normal NodeNotReady Node node1 status is now: NodeNotReady',
      ]);
      expect(await stage.eventsOf('Pod/dflt')).to.include('Warning NodeNotReady Node is not ready');
      await stage.pass(10_000);
      expect(await isGoing(stage, 'tol10')).to.equal(true);
      expect(await isGoing(stage, 'dflt')).to.equal(false);
      expect(await stage.eventsOf('Pod/tol10')).to.include(
        'Normal TaintManagerEviction Marking for deletion Pod default/tol10',
      );
      const target = (await stage.get(pods, 'tol10')).status?.conditions?.find(
        ({ type }) => type === 'DisruptionTarget',
      );
      expect(target).to.include({ status: 'True', reason: 'DeletionByTaintManager' });
      await stage.pass(300_000);
      expect(await isGoing(stage, 'dflt')).to.equal(true);
      await silent.thaw();
      await stage.quiet();
      expect(taintsOf(await stage.get(nodes, 'node1'))).to.eql([]);
      expect(await stage.names(pods)).to.eql([]);
    }));

  it('that is silent and the only one keeps its pods: it is the hub that hears nobody', () =>
    onStage(async (stage) => {
      const only = await stage.node('node1');
      await stage.create(pods, pod('tol10', bearing(10)));
      only.freeze();
      await stage.pass(600_000);
      expect(taintsOf(await stage.get(nodes, 'node1'))).to.eql(['node.kubernetes.io/unreachable:NoSchedule']);
      expect(await isGoing(stage, 'tol10')).to.equal(false);
      expect(await readyOf(stage, 'tol10')).to.equal('False');
      await only.thaw();
      await stage.quiet();
      expect(taintsOf(await stage.get(nodes, 'node1'))).to.eql([]);
    }));

  it('gives its pods up no more once everybody else is silent as well', () =>
    onStage(async (stage) => {
      const first = await stage.node('node1');
      const second = await stage.node('node2');
      await stage.create(
        pods,
        pod('a', { ...bearing(60), nodeSelector: { 'kubernetes.io/hostname': 'node1' } }),
      );
      first.freeze();
      await stage.pass(20_000);
      second.freeze();
      await stage.pass(200_000);
      expect(taintsOf(await stage.get(nodes, 'node1'))).to.eql(['node.kubernetes.io/unreachable:NoSchedule']);
      expect(await isGoing(stage, 'a')).to.equal(false);
      await second.thaw();
      await stage.pass(30_000);
      expect(taintsOf(await stage.get(nodes, 'node1'))).to.eql(['node.kubernetes.io/unreachable:NoSchedule']);
      await stage.pass(15_000);
      expect(taintsOf(await stage.get(nodes, 'node1'))).to.include(
        'node.kubernetes.io/unreachable:NoExecute',
      );
    }));

  it('that says itself that it is not ready has no ready pods, until they say so again', () =>
    onStage(async (stage) => {
      const kubelet = await stage.node('node1');
      await stage.create(pods, pod('a'));
      expect(await readyOf(stage, 'a')).to.equal('True');
      const condition = {
        type: 'Ready',
        status: 'False',
        reason: 'KubeletNotReady',
        message: 'runtime is down',
      };
      const type = 'application/strategic-merge-patch+json';
      const body = { status: { conditions: [condition] } };
      await stage.client.patch(nodes, { name: 'node1' }, type, body, { subresource: 'status' });
      await stage.quiet();
      expect(await readyOf(stage, 'a')).to.equal('False');
      expect(await stage.eventsOf('Node/node1')).to.eql([
        'Normal NodeNotReady Node node1 status is now: NodeNotReady',
      ]);
      const ready = { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' };
      await kubelet.say(await stage.get(pods, 'a'), { conditions: [ready] });
      await stage.pass(20_000);
      expect(await readyOf(stage, 'a')).to.equal('True');
    }));

  it('that comes back in time cancels what was coming to its pods', () =>
    onStage(async (stage) => {
      const silent = await stage.node('node1');
      await stage.create(pods, pod('dflt'));
      await stage.node('node2');
      silent.freeze();
      await stage.pass(100_000);
      await silent.thaw();
      await stage.pass(400_000);
      expect(await isGoing(stage, 'dflt')).to.equal(false);
      expect(await stage.eventsOf('Pod/dflt')).to.include(
        'Normal TaintManagerEviction Cancelling deletion of Pod default/dflt',
      );
    }));

  it('keeps the pods that are made for it, however long it is silent', () =>
    onStage(async (stage) => {
      const silent = await stage.node('node1');
      await stage.create(pods, pod('named', { nodeName: 'node1', ...bearing(10) }));
      await stage.create(pods, pod('loose', bearing(10)));
      await stage.node('node2');
      silent.freeze();
      await stage.pass(3_600_000);
      expect(await isGoing(stage, 'named')).to.equal(false);
      expect(await isGoing(stage, 'loose')).to.equal(true);
    }));

  it('lets a Deployment replace its pods elsewhere at once when they are evicted', () =>
    onStage(async (stage) => {
      const first = await stage.node('node1');
      const template = {
        metadata: { labels: { app: 'd' } },
        spec: { containers: [{ name: 'c', image: 'busybox' }], ...bearing(10) },
      };
      await stage.create(deployments, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'd', namespace: 'default' },
        spec: { selector: { matchLabels: { app: 'd' } }, template },
      });
      await stage.node('node2');
      first.freeze();
      await stage.pass(61_000);
      const places = (await stage.list(pods)).map(
        ({ spec, metadata }) => `${spec?.nodeName} ${Boolean(metadata.deletionTimestamp)}`,
      );
      expect(places.sort()).to.eql(['node1 true', 'node2 false']);
    }));

  it('with a NoExecute taint of a person loses pods by their tolerations', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      const tolerating = (tolerationSeconds?: number) => ({
        tolerations: [
          {
            key: 'k',
            operator: 'Exists',
            effect: 'NoExecute',
            ...(tolerationSeconds && { tolerationSeconds }),
          },
        ],
      });
      await stage.create(pods, pod('none'));
      await stage.create(pods, pod('tol5', tolerating(5)));
      await stage.create(pods, pod('ever', tolerating()));
      await taint(stage, 'node1', [{ key: 'k', value: 'v', effect: 'NoExecute' }]);
      expect(await stage.names(pods)).to.eql(['ever', 'tol5']);
      await stage.pass(5000);
      expect(await stage.names(pods)).to.eql(['ever']);
      await stage.pass(3_600_000);
      expect(await stage.names(pods)).to.eql(['ever']);
    }));

  it('that is cordoned is tainted so, and taken back without a trace', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      const patch = (unschedulable: boolean | null) =>
        stage.client.patch(nodes, { name: 'node1' }, 'application/merge-patch+json', {
          spec: { unschedulable },
        });
      await patch(true);
      await stage.quiet();
      expect(taintsOf(await stage.get(nodes, 'node1'))).to.eql([
        'node.kubernetes.io/unschedulable:NoSchedule',
      ]);
      await patch(null);
      await stage.quiet();
      expect(taintsOf(await stage.get(nodes, 'node1'))).to.eql([]);
    }));

  it('that is gone for good takes its pods with it', () =>
    onStage(async (stage) => {
      const gone = await stage.node('node1');
      await stage.create(pods, pod('a'));
      gone.stop();
      await stage.client.delete(nodes, { name: 'node1' });
      await stage.pass(39_000);
      expect(await stage.names(pods)).to.eql(['a']);
      await stage.pass(2000);
      expect(await stage.names(pods)).to.eql([]);
    }));

  it('has a whole grace period from the hub’s start on, whatever stood in the cluster before', () =>
    onStage(async (stage) => {
      const metadata = { name: 'node1' };
      const heartbeat = '2025-12-31T00:00:00Z';
      const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: heartbeat };
      await stage.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata });
      const status = { conditions: [ready] };
      await stage.client.patch(
        nodes,
        metadata,
        'application/merge-patch+json',
        { status },
        { subresource: 'status' },
      );
      await stage.quiet();
      await stage.restartControllers();
      const isReady = async () =>
        (await stage.get(nodes, 'node1')).status?.conditions?.find(({ type }) => type === 'Ready')?.status;
      await stage.pass(39_000);
      expect(await isReady()).to.equal('True');
      await stage.pass(2000);
      expect(await isReady()).to.equal('Unknown');
    }));
});
