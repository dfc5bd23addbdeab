// The story of a pod that another is more urgent than.

import { expect } from 'chai';
import { events, type Pod, poddisruptionbudgets, pods, priorityclasses } from '../../shared/api/index.ts';
import { findCondition } from '../../shared/machinery/index.ts';
import { onStage, type Stage } from '../support/stage.ts';

function pod(name: string, priorityClassName?: string, memory = '3Gi'): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: {
      containers: [{ name: 'c', image: 'busybox', resources: { requests: { memory } } }],
      ...(priorityClassName && { priorityClassName }),
    },
  };
}

async function addClasses(stage: Stage): Promise<void> {
  const classes = { hi: 1000, higher: 2000 };
  for (const [name, value] of Object.entries(classes)) {
    const kind = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass' } as const;
    await stage.create(priorityclasses, { ...kind, metadata: { name }, value });
  }
}

const nodeOf = async (stage: Stage, name: string) => (await stage.get(pods, name)).spec?.nodeName;

describe('a pod of higher priority', () => {
  it('has one of lower priority leave, waits for its end, and takes its place', () =>
    onStage(async (stage) => {
      await addClasses(stage);
      await stage.node('node1', { endsIn: () => 3000 });
      await stage.create(pods, pod('low'));
      await stage.pass(1000);
      const high = await stage.create(pods, pod('high', 'hi'));

      const { metadata, status } = await stage.get(pods, 'low');
      expect(metadata.deletionTimestamp).to.be.a('string');
      expect(findCondition(status?.conditions, 'DisruptionTarget')).to.include({
        status: 'True',
        reason: 'PreemptionByScheduler',
        message: 'default-scheduler: preempting to accommodate a higher priority pod',
      });
      expect((await stage.eventsOf('Pod/low')).at(-1)).to.equal(
        `Normal Preempted Preempted by pod ${high.metadata.uid} on node node1`,
      );
      const preempted = (await stage.list(events)).find(({ reason }) => reason === 'Preempted');
      expect(preempted?.related).to.include({ kind: 'Pod', name: 'high', uid: high.metadata.uid });
      const waiting = await stage.get(pods, 'high');
      expect(waiting.status?.nominatedNodeName).to.equal('node1');
      expect(findCondition(waiting.status?.conditions, 'PodScheduled')?.message).to.equal(
        '0/1 nodes are available: 1 Insufficient memory.',
      );

      await stage.pass(5000);
      expect(await stage.find(pods, 'low')).to.equal(undefined);
      expect(await nodeOf(stage, 'high')).to.equal('node1');
      expect((await stage.get(pods, 'high')).status?.nominatedNodeName).to.equal('node1');
    }));

  it('finds its place kept, also from those who come while it waits, and over a change of hubs', () =>
    onStage(async (stage) => {
      await addClasses(stage);
      await stage.node('node1', { endsIn: () => 3000 });
      await stage.create(pods, pod('low'));
      await stage.pass(1000);
      await stage.create(pods, pod('high', 'hi'));
      await stage.restartControllers();
      await stage.create(pods, pod('late', undefined, '2Gi'));
      await stage.pass(5000);
      expect(await nodeOf(stage, 'high')).to.equal('node1');
      expect(await nodeOf(stage, 'late')).to.equal(undefined);
    }));

  it('gives its place to one that is more urgent still, and looks for another', () =>
    onStage(async (stage) => {
      await addClasses(stage);
      await stage.node('node1', { endsIn: () => 3000 });
      await stage.create(pods, pod('low'));
      await stage.pass(1000);
      await stage.create(pods, pod('high', 'hi'));
      await stage.create(pods, pod('highest', 'higher'));
      await stage.pass(8000);
      expect(await nodeOf(stage, 'highest')).to.equal('node1');
      const { spec, status } = await stage.get(pods, 'high');
      expect(spec?.nodeName).to.equal(undefined);
      expect(status?.nominatedNodeName).to.equal(undefined);
    }));

  it('rather takes who has no budget', () =>
    onStage(async (stage) => {
      await addClasses(stage);
      await stage.node('node1');
      await stage.node('node2');
      await stage.create(pods, pod('kept'));
      await stage.create(pods, pod('free'));
      await stage.pass(1000);
      await stage.create(poddisruptionbudgets, {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'b', namespace: 'default' },
        spec: { minAvailable: 1, selector: { matchLabels: { app: 'kept' } } },
      });
      await stage.pass(1000);
      const place = await nodeOf(stage, 'free');
      await stage.create(pods, pod('high', 'hi'));
      await stage.pass(5000);
      expect(await nodeOf(stage, 'high')).to.equal(place);
      expect(await stage.names(pods)).to.include('kept');
    }));
});
