// Stories of DaemonSets, held to what a real Kubernetes did (test/fixtures/pods/daemonset.yaml).

import { expect } from 'chai';
import {
  controllerrevisions,
  type DaemonSet,
  daemonsets,
  nodes,
  type Pod,
  pods,
} from '../../shared/api/index.ts';
import { controllerOf, type Live } from '../../shared/machinery/index.ts';
import { onStage, type Stage } from '../support/stage.ts';

type Spec = NonNullable<DaemonSet['spec']>;

function daemonSet(spec: Partial<Spec> = {}): DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'ds', namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'ds' } },
      template: {
        metadata: { labels: { app: 'ds' } },
        spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image: 'busybox:1.36' }] },
      },
      ...spec,
    },
  };
}

const address = { namespace: 'default', name: 'ds' };

async function edit(stage: Stage, spec: object): Promise<void> {
  await stage.client.patch(daemonsets, address, 'application/strategic-merge-patch+json', { spec });
  await stage.quiet();
}

const changed = (value: string) => ({
  template: { spec: { containers: [{ name: 'c', env: [{ name: 'V', value }] }] } },
});

async function cluster(stage: Stage, count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) {
    await stage.node(`node${number}`, { startsIn: () => 1000, endsIn: () => 5000 });
  }
}

/** Nodes of the pods that stay, in order. */
async function placed(stage: Stage): Promise<string[]> {
  return (await staying(stage)).map(({ spec }) => spec?.nodeName ?? '').sort();
}

async function staying(stage: Stage): Promise<Live<Pod>[]> {
  return (await stage.list(pods, 'default')).filter(({ metadata }) => !metadata.deletionTimestamp);
}

const versionOf = (pod: Pod) => pod.spec?.containers[0]?.env?.[0]?.value ?? '1';

/** DESIRED CURRENT READY UP-TO-DATE AVAILABLE, generation observed. */
function line({ status }: DaemonSet): string {
  const {
    desiredNumberScheduled,
    currentNumberScheduled,
    numberReady,
    observedGeneration = 0,
  } = status ?? {};
  const { updatedNumberScheduled = 0, numberAvailable = 0, numberMisscheduled } = status ?? {};
  return `${desiredNumberScheduled} ${currentNumberScheduled} ${numberReady} ${updatedNumberScheduled} ${numberAvailable} (${numberMisscheduled} too many, generation ${observedGeneration})`;
}

describe('a DaemonSet', () => {
  it('passes through the states that Kubernetes recorded', () =>
    onStage(async (stage) => {
      await cluster(stage, 1);
      const states = stage.record(daemonsets, line);
      await stage.create(daemonsets, daemonSet());
      await stage.pass(2000);
      await edit(stage, changed('2'));
      await stage.pass(8000);
      await edit(stage, { template: { spec: { nodeSelector: { x: 'y' } } } });
      await stage.pass(8000);
      expect(states).to.eql([
        '0 0 0 0 0 (0 too many, generation 0)',
        '1 1 0 1 0 (0 too many, generation 1)',
        '1 1 1 1 1 (0 too many, generation 1)',
        '1 1 1 0 1 (0 too many, generation 2)',
        '1 1 0 1 0 (0 too many, generation 2)',
        '1 1 1 1 1 (0 too many, generation 2)',
        '0 0 0 0 0 (1 too many, generation 3)',
        '0 0 0 0 0 (0 too many, generation 3)',
      ]);
      const told = await stage.eventsOf('DaemonSet/ds');
      expect(told.map((each) => each.replace(/ds-\w{5}$/, 'ds-…'))).to.eql([
        'Normal SuccessfulCreate Created pod: ds-…',
        'Normal SuccessfulDelete Deleted pod: ds-…',
        'Normal SuccessfulCreate Created pod: ds-…',
        'Normal SuccessfulDelete Deleted pod: ds-…',
      ]);
    }));

  it('makes each pod for its node, to stay there whatever the node is like', () =>
    onStage(async (stage) => {
      await cluster(stage, 2);
      const set = await stage.create(daemonsets, daemonSet());
      expect(await placed(stage)).to.eql(['node1', 'node2']);
      const [pod] = await staying(stage);
      const [revision] = await stage.list(controllerrevisions, 'default');
      expect(controllerOf(pod ?? {})?.uid).to.equal(set.metadata.uid);
      expect(pod?.metadata.labels).to.eql({
        app: 'ds',
        'controller-revision-hash': revision?.metadata.name.slice('ds-'.length),
        'pod-template-generation': '1',
      });
      expect(pod?.spec?.affinity).to.eql({
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchFields: [{ key: 'metadata.name', operator: 'In', values: [pod?.spec?.nodeName] }] },
            ],
          },
        },
      });
      const said = pod?.spec?.tolerations?.map(({ key, operator, effect }) => `${key} ${operator} ${effect}`);
      expect(said).to.eql([
        'node.kubernetes.io/not-ready Exists NoExecute',
        'node.kubernetes.io/unreachable Exists NoExecute',
        'node.kubernetes.io/disk-pressure Exists NoSchedule',
        'node.kubernetes.io/memory-pressure Exists NoSchedule',
        'node.kubernetes.io/pid-pressure Exists NoSchedule',
        'node.kubernetes.io/unschedulable Exists NoSchedule',
      ]);
    }));

  it('follows nodes as they come, change and go, and leaves cordoned and silent ones their pods', () =>
    onStage(async (stage) => {
      await cluster(stage, 1);
      await stage.create(daemonsets, daemonSet());
      await stage.node('node2');
      expect(await placed(stage)).to.eql(['node1', 'node2']);
      const type = 'application/merge-patch+json';
      await stage.client.patch(nodes, { name: 'node2' }, type, { spec: { unschedulable: true } });
      await stage.node('node3', { taints: [{ key: 'only', value: 'me', effect: 'NoSchedule' }] });
      stage.kubelets.get('node1')?.freeze();
      await stage.pass(600_000);
      expect(await placed(stage)).to.eql(['node1', 'node2']);
      await stage.client.patch(nodes, { name: 'node3' }, type, { spec: { taints: null } });
      await stage.pass(1000);
      expect(await placed(stage)).to.eql(['node1', 'node2', 'node3']);
      const taints = [{ key: 'away', effect: 'NoExecute' }];
      await stage.client.patch(nodes, { name: 'node3' }, type, { spec: { taints } });
      await stage.pass(10_000);
      expect(await placed(stage)).to.eql(['node1', 'node2']);
    }));

  it('rolls a template out no faster than maxUnavailable lets it', () =>
    onStage(async (stage) => {
      await cluster(stage, 4);
      const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '50%' } };
      await stage.create(daemonsets, daemonSet({ updateStrategy }));
      await stage.pass(2000);
      await edit(stage, changed('2'));
      for (let turn = 0; turn < 20; turn += 1) {
        expect((await stage.get(daemonsets, 'ds')).status?.numberAvailable ?? 0).to.be.at.least(2);
        await stage.pass(1000);
      }
      expect((await staying(stage)).map(versionOf)).to.eql(['2', '2', '2', '2']);
    }));

  it('with maxSurge keeps the old pod until the new one is available', () =>
    onStage(async (stage) => {
      await cluster(stage, 3);
      const rollingUpdate = { maxSurge: 1, maxUnavailable: 0 };
      await stage.create(
        daemonsets,
        daemonSet({ minReadySeconds: 3, updateStrategy: { type: 'RollingUpdate', rollingUpdate } }),
      );
      await stage.pass(5000);
      await edit(stage, changed('2'));
      for (let turn = 0; turn < 40; turn += 1) {
        const all = await staying(stage);
        expect(all.length).to.be.within(3, 4);
        const ready = all.filter(({ status }) => status?.phase === 'Running');
        expect(new Set(ready.map(({ spec }) => spec?.nodeName)).size).to.equal(3);
        await stage.pass(1000);
      }
      expect((await staying(stage)).map(versionOf)).to.eql(['2', '2', '2']);
    }));

  it('OnDelete waits until somebody deletes a pod', () =>
    onStage(async (stage) => {
      await cluster(stage, 2);
      await stage.create(daemonsets, daemonSet({ updateStrategy: { type: 'OnDelete' } }));
      await edit(stage, changed('2'));
      await stage.pass(20_000);
      const [first] = await staying(stage);
      expect((await staying(stage)).map(versionOf)).to.eql(['1', '1']);
      await stage.client.delete(pods, { namespace: 'default', name: first?.metadata.name ?? '' }, {});
      await stage.pass(10_000);
      expect((await staying(stage)).map(versionOf).sort()).to.eql(['1', '2']);
    }));

  it('keeps former templates up to its limit, and makes one that comes back the newest', () =>
    onStage(async (stage) => {
      await cluster(stage, 1);
      await stage.create(daemonsets, daemonSet({ revisionHistoryLimit: 1 }));
      const numbers = async () =>
        (await stage.list(controllerrevisions, 'default')).map(({ revision }) => revision).sort();
      await edit(stage, changed('2'));
      await stage.pass(10_000);
      expect(await numbers()).to.eql([1, 2]);
      await edit(stage, { template: { spec: { containers: [{ name: 'c', env: null }] } } });
      await stage.pass(10_000);
      expect(await numbers()).to.eql([2, 3]);
      await edit(stage, changed('4'));
      await stage.pass(10_000);
      expect(await numbers()).to.eql([3, 4]);
    }));

  it('replaces failed pods, more and more slowly, and says so', () =>
    onStage(async (stage) => {
      const kubelet = await stage.node('node1');
      await stage.create(daemonsets, daemonSet());
      const names = new Set<string>();
      for (let turn = 0; turn < 20; turn += 1) {
        const [pod] = await staying(stage);
        if (pod) names.add(pod.metadata.name);
        if (pod) await kubelet.say(pod, { phase: 'Failed' });
        await stage.pass(1000);
      }
      // Tries at 0, 1, 3, 7, 15 seconds.
      expect(names.size).to.be.within(4, 6);
      const told = (await stage.eventsOf('DaemonSet/ds')).filter((each) => each.includes('FailedDaemonPod'));
      expect(told[0]).to.match(
        /^Warning FailedDaemonPod Found failed daemon pod default\/ds-\w{5} on node node1, will try to kill it$/,
      );
    }));

  it('takes in pods and history that it left behind', () =>
    onStage(async (stage) => {
      await cluster(stage, 2);
      await stage.create(daemonsets, daemonSet());
      const before = [await stage.names(pods), await stage.names(controllerrevisions)];
      await stage.client.delete(daemonsets, address, { propagationPolicy: 'Orphan' });
      await stage.pass(1000);
      const again = await stage.create(daemonsets, daemonSet());
      expect([await stage.names(pods), await stage.names(controllerrevisions)]).to.eql(before);
      for (const pod of await staying(stage)) expect(controllerOf(pod)?.uid).to.equal(again.metadata.uid);
    }));

  it('creates nothing twice with a cache that is behind, and all of it goes with the set', () =>
    onStage(
      async (stage) => {
        await cluster(stage, 5);
        const ever = new Set<string>();
        stage.record(pods, ({ metadata }) => {
          ever.add(metadata.name);
          return metadata.name;
        });
        await stage.pass(3000);
        await stage.create(daemonsets, daemonSet());
        await stage.pass(20_000);
        expect(ever.size).to.equal(5);
        await stage.client.delete(daemonsets, address, { propagationPolicy: 'Background' });
        await stage.pass(60_000);
        expect(await stage.names(pods)).to.eql([]);
        expect(await stage.names(controllerrevisions)).to.eql([]);
        expect(ever.size).to.equal(5);
      },
      { lag: 700 },
    ));
});
