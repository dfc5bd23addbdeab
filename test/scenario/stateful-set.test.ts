// Stories of StatefulSets, held to what a real Kubernetes did (test/fixtures/pods/statefulset.yaml).

import { expect } from 'chai';
import {
  controllerrevisions,
  type Pod,
  type PodDisruptionBudget,
  poddisruptionbudgets,
  pods,
  type StatefulSet,
  statefulsets,
} from '../../shared/api/index.ts';
import { controllerOf } from '../../shared/machinery/index.ts';
import { onStage, type Stage } from '../support/stage.ts';

type Spec = NonNullable<StatefulSet['spec']>;

function statefulSet(spec: Partial<Spec> = {}): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'ss', namespace: 'default' },
    spec: {
      serviceName: 's',
      replicas: 2,
      selector: { matchLabels: { app: 'ss' } },
      template: {
        metadata: { labels: { app: 'ss' } },
        spec: { terminationGracePeriodSeconds: 2, containers: [{ name: 'c', image: 'busybox:1.36' }] },
      },
      ...spec,
    },
  };
}

const address = { namespace: 'default', name: 'ss' };
const changed = { template: { spec: { containers: [{ name: 'c', env: [{ name: 'V', value: '2' }] }] } } };

async function edit(stage: Stage, spec: object): Promise<void> {
  await stage.client.patch(statefulsets, address, 'application/strategic-merge-patch+json', { spec });
  await stage.quiet();
}

async function scale(stage: Stage, replicas: number): Promise<void> {
  const type = 'application/merge-patch+json';
  await stage.client.patch(statefulsets, address, type, { spec: { replicas } }, { subresource: 'scale' });
  await stage.quiet();
}

async function remove(stage: Stage, name: string): Promise<void> {
  await stage.client.delete(pods, { namespace: 'default', name }, {});
  await stage.quiet();
}

const playing = (stage: Stage) => stage.node('node1', { startsIn: () => 4000, endsIn: () => 2000 });

const versionOf = (pod: Pod) => pod.spec?.containers[0]?.env?.[0]?.value ?? '1';

async function versions(stage: Stage): Promise<string[]> {
  return (await stage.list(pods, 'default')).map((pod) => `${pod.metadata.name}:${versionOf(pod)}`);
}

/** Replicas, and of them ready, current and updated; whether the two revisions differ; the generation. */
function line({ status }: StatefulSet): string {
  const { replicas, readyReplicas = 0, currentReplicas = 0, updatedReplicas = 0 } = status ?? {};
  const { observedGeneration = 0, currentRevision, updateRevision } = status ?? {};
  const rolling = currentRevision === updateRevision ? '' : ', rolling out';
  return `${replicas} ${readyReplicas} ${currentReplicas} ${updatedReplicas} (generation ${observedGeneration}${rolling})`;
}

describe('a StatefulSet', () => {
  it('passes through the states that Kubernetes recorded', () =>
    onStage(async (stage) => {
      await playing(stage);
      const states = stage.record(statefulsets, line);
      await stage.create(statefulsets, statefulSet());
      await stage.pass(10_000);
      await edit(stage, changed);
      await stage.pass(15_000);
      await scale(stage, 3);
      await stage.pass(5000);
      await remove(stage, 'ss-0');
      await stage.pass(10_000);
      await scale(stage, 0);
      await stage.pass(10_000);
      expect(states).to.eql([
        '0 0 0 0 (generation 0)',
        '1 0 1 1 (generation 1)',
        '2 1 2 2 (generation 1)',
        '2 2 2 2 (generation 1)',
        '2 2 1 0 (generation 2, rolling out)',
        '2 1 1 1 (generation 2, rolling out)',
        '2 2 0 1 (generation 2, rolling out)',
        '2 1 0 2 (generation 2, rolling out)',
        '2 2 2 2 (generation 2)',
        '3 2 3 3 (generation 3)',
        '3 3 3 3 (generation 3)',
        '3 3 2 2 (generation 3)',
        '3 2 3 3 (generation 3)',
        '3 3 3 3 (generation 3)',
        '3 3 2 2 (generation 4)',
        '2 2 1 1 (generation 4)',
        '1 1 0 0 (generation 4)',
        '0 0 0 0 (generation 4)',
      ]);
      expect(await stage.eventsOf('StatefulSet/ss')).to.have.members([
        'Normal SuccessfulCreate create Pod ss-0 in StatefulSet ss successful ×3',
        'Normal SuccessfulCreate create Pod ss-1 in StatefulSet ss successful ×2',
        'Normal SuccessfulCreate create Pod ss-2 in StatefulSet ss successful',
        'Normal SuccessfulDelete delete Pod ss-0 in StatefulSet ss successful ×2',
        'Normal SuccessfulDelete delete Pod ss-1 in StatefulSet ss successful ×2',
        'Normal SuccessfulDelete delete Pod ss-2 in StatefulSet ss successful',
      ]);
    }));

  it('Parallel has all its pods come and go at once', () =>
    onStage(async (stage) => {
      await playing(stage);
      const states = stage.record(statefulsets, line);
      await stage.create(statefulsets, statefulSet({ podManagementPolicy: 'Parallel' }));
      await stage.pass(5000);
      await scale(stage, 0);
      await stage.pass(5000);
      expect(states.filter((state) => !state.includes(' 1 '))).to.eql([
        '0 0 0 0 (generation 0)',
        '2 0 2 2 (generation 1)',
        '2 2 2 2 (generation 1)',
        '2 2 0 0 (generation 2)',
        '0 0 0 0 (generation 2)',
      ]);
    }));

  it('names its pods by numbers, from the first that it is told', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(statefulsets, statefulSet({ ordinals: { start: 5 } }));
      expect(await stage.names(pods)).to.eql(['ss-5', 'ss-6']);
      const pod = await stage.get(pods, 'ss-6');
      expect(pod.metadata.labels).to.eql({
        app: 'ss',
        'controller-revision-hash': (await stage.names(controllerrevisions))[0],
        'statefulset.kubernetes.io/pod-name': 'ss-6',
        'apps.kubernetes.io/pod-index': '6',
      });
      expect(pod.spec).to.include({ hostname: 'ss-6', subdomain: 's' });
    }));

  it('counts a pod as available after minReadySeconds, and goes on only then', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(statefulsets, statefulSet({ minReadySeconds: 10 }));
      await stage.pass(9000);
      const { status: early } = await stage.get(statefulsets, 'ss');
      expect([early?.readyReplicas, early?.availableReplicas ?? 0]).to.eql([1, 0]);
      await stage.pass(2000);
      expect((await stage.get(statefulsets, 'ss')).status).to.include({ replicas: 2, availableReplicas: 1 });
      await stage.pass(12_000);
      expect((await stage.get(statefulsets, 'ss')).status).to.include({
        readyReplicas: 2,
        availableReplicas: 2,
      });
    }));

  it('rolls a template out down to the partition, also to pods that come anew', () =>
    onStage(async (stage) => {
      await playing(stage);
      await stage.create(
        statefulsets,
        statefulSet({
          replicas: 3,
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } },
        }),
      );
      await stage.pass(15_000);
      await edit(stage, changed);
      await stage.pass(20_000);
      expect(await versions(stage)).to.eql(['ss-0:1', 'ss-1:1', 'ss-2:2']);
      await remove(stage, 'ss-0');
      await stage.pass(10_000);
      expect(await versions(stage)).to.eql(['ss-0:1', 'ss-1:1', 'ss-2:2']);
      await edit(stage, { updateStrategy: { rollingUpdate: { partition: 0 } } });
      await stage.pass(20_000);
      expect(await versions(stage)).to.eql(['ss-0:2', 'ss-1:2', 'ss-2:2']);
    }));

  it('OnDelete waits until somebody deletes a pod', () =>
    onStage(async (stage) => {
      await playing(stage);
      await stage.create(statefulsets, statefulSet({ updateStrategy: { type: 'OnDelete' } }));
      await stage.pass(10_000);
      await edit(stage, changed);
      await stage.pass(20_000);
      expect(await versions(stage)).to.eql(['ss-0:1', 'ss-1:1']);
      await remove(stage, 'ss-0');
      await stage.pass(10_000);
      expect(await versions(stage)).to.eql(['ss-0:2', 'ss-1:1']);
    }));

  it('puts a new pod in the place of one that has ended', () =>
    onStage(async (stage) => {
      const kubelet = await playing(stage);
      await stage.create(statefulsets, statefulSet({ replicas: 1 }));
      await stage.pass(5000);
      const first = await stage.get(pods, 'ss-0');
      await kubelet.say(first, { phase: 'Failed' });
      await stage.pass(10_000);
      const second = await stage.get(pods, 'ss-0');
      expect(second.metadata.uid).to.not.equal(first.metadata.uid);
      expect(second.status?.phase).to.equal('Running');
      expect(await stage.eventsOf('StatefulSet/ss')).to.include(
        'Warning RecreatingFailedPod StatefulSet default/ss is recreating failed Pod ss-0',
      );
    }));

  it('never has a second pod of a name, however long the first takes to end', () =>
    onStage(async (stage) => {
      const kubelet = await stage.node('node1');
      await stage.node('node2');
      await stage.create(statefulsets, statefulSet({ replicas: 1 }));
      const first = await stage.get(pods, 'ss-0');
      stage.kubelets.get(first.spec?.nodeName ?? '')?.freeze();
      await stage.pass(900_000);
      const still = await stage.get(pods, 'ss-0');
      expect(still.metadata.uid).to.equal(first.metadata.uid);
      expect(still.metadata.deletionTimestamp).to.be.a('string');
      await kubelet.thaw();
      await stage.kubelets.get('node2')?.thaw();
      await stage.pass(10_000);
      expect((await stage.get(pods, 'ss-0')).metadata.uid).to.not.equal(first.metadata.uid);
    }));

  it('tells a disruption budget how many pods there are to be', () =>
    onStage(async (stage) => {
      await playing(stage);
      await stage.create(statefulsets, statefulSet({ replicas: 4, podManagementPolicy: 'Parallel' }));
      const budget: PodDisruptionBudget = {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'b', namespace: 'default' },
        spec: { maxUnavailable: '25%', selector: { matchLabels: { app: 'ss' } } },
      };
      await stage.create(poddisruptionbudgets, budget);
      await stage.pass(10_000);
      expect((await stage.get(poddisruptionbudgets, 'b')).status).to.include({
        expectedPods: 4,
        desiredHealthy: 3,
        disruptionsAllowed: 1,
      });
    }));

  it('counts its pods to the end when it is deleted before them, and makes no new ones', () =>
    onStage(async (stage) => {
      await stage.node('node1', { endsIn: () => 3000 });
      await stage.create(statefulsets, statefulSet());
      const made = stage.record(controllerrevisions, ({ metadata }) => `${metadata.name} there`);
      const counts = stage.record(statefulsets, ({ status }) => `${status?.replicas} replicas`);
      await stage.client.delete(statefulsets, address, { propagationPolicy: 'Foreground' });
      await stage.pass(10_000);
      expect(made.at(-1)).to.match(/ deleted$/);
      expect(made.filter((state) => state.endsWith(' deleted'))).to.have.length(1);
      expect(counts).to.include('2 replicas');
      expect(counts.at(-1)).to.equal('default/ss deleted');
      expect(await stage.find(statefulsets, 'ss')).to.equal(undefined);
      expect(await stage.names(pods)).to.eql([]);
    }));

  it('takes in pods that it left behind', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(statefulsets, statefulSet());
      const uids = async () => (await stage.list(pods, 'default')).map(({ metadata }) => metadata.uid);
      const before = await uids();
      await stage.client.delete(statefulsets, address, { propagationPolicy: 'Orphan' });
      await stage.pass(1000);
      const again = await stage.create(statefulsets, statefulSet());
      expect(await uids()).to.eql(before);
      expect(controllerOf(await stage.get(pods, 'ss-1'))?.uid).to.equal(again.metadata.uid);
      expect(await stage.names(controllerrevisions)).to.have.length(1);
    }));

  it('does nothing twice with a cache that is behind', () =>
    onStage(
      async (stage) => {
        await playing(stage);
        const ever = new Set<string>();
        stage.record(pods, ({ metadata }) => {
          ever.add(metadata.uid);
          return metadata.uid;
        });
        await stage.pass(3000);
        await stage.create(statefulsets, statefulSet({ replicas: 3 }));
        await stage.pass(30_000);
        expect(ever.size).to.equal(3);
        await edit(stage, changed);
        await stage.pass(60_000);
        expect(await versions(stage)).to.eql(['ss-0:2', 'ss-1:2', 'ss-2:2']);
        expect(ever.size).to.equal(6);
      },
      { lag: 700 },
    ));
});
