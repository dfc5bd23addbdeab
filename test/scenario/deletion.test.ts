// Stories of deletion: owners and what they own, namespaces and what is in them, pods that nobody else would delete.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import {
  type ConfigMap,
  configmaps,
  type Deployment,
  deployments,
  type Namespace,
  namespaces,
  type Pod,
  pods,
  type ReplicaSet,
  replicasets,
  serviceaccounts,
} from '../../shared/api/index.ts';
import { caCertificate, onStage, type Stage } from '../support/stage.ts';

function deployment(name: string, namespace = 'default'): Deployment {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'busybox' }] } },
    },
  };
}

function replicaSet(name: string, labels: Record<string, string>, replicas: number): ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'busybox' }] } },
    },
  };
}

function pod(
  name: string,
  fields: { namespace?: string; labels?: Record<string, string>; spec?: Partial<Pod['spec']> } = {},
): Pod {
  const { namespace = 'default', labels, spec } = fields;
  const metadata = { name, namespace, ...(labels && { labels }) };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { containers: [{ name: 'c', image: 'busybox' }], ...spec },
  };
}

function configMap(name: string, metadata: ConfigMap['metadata'] = {}, namespace = 'default'): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ...metadata } };
}

const everything = async (stage: Stage) => [
  ...(await stage.names(deployments)),
  ...(await stage.names(replicasets)),
  ...(await stage.names(pods)),
];

describe('deleting an owner', () => {
  it('in the background takes its dependents, and theirs', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(deployments, deployment('d'));
      expect(await everything(stage)).to.have.length(4);
      await stage.client.delete(
        deployments,
        { namespace: 'default', name: 'd' },
        { propagationPolicy: 'Background' },
      );
      await stage.pass(31_000);
      expect(await everything(stage)).to.eql([]);
    }));

  it('in the foreground waits until its dependents have gone', () =>
    onStage(async (stage) => {
      await stage.node('node1', { endsIn: () => 15_000 });
      await stage.create(deployments, deployment('fg'));
      await stage.client.delete(
        deployments,
        { namespace: 'default', name: 'fg' },
        { propagationPolicy: 'Foreground' },
      );
      await stage.quiet();
      const going = await stage.get(deployments, 'fg');
      expect(going.metadata.finalizers).to.eql(['foregroundDeletion']);
      const [set] = await stage.list(replicasets);
      expect(set?.metadata.finalizers).to.eql(['foregroundDeletion']);
      expect((await stage.list(pods)).map(({ metadata }) => Boolean(metadata.deletionTimestamp))).to.eql([
        true,
        true,
      ]);
      await stage.pass(14_000);
      expect(await everything(stage)).to.have.length(4);
      await stage.pass(2000);
      expect(await everything(stage)).to.eql([]);
    }));

  it('as an orphanage lets its dependents live', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(deployments, deployment('orph'));
      const before = [...(await stage.names(replicasets)), ...(await stage.names(pods))];
      await stage.client.delete(
        deployments,
        { namespace: 'default', name: 'orph' },
        { propagationPolicy: 'Orphan' },
      );
      await stage.pass(60_000);
      expect(await everything(stage)).to.eql(before);
      expect((await stage.list(replicasets))[0]?.metadata.ownerReferences).to.equal(undefined);
    }));

  it('deletes what names an owner that has never been there', () =>
    onStage(async (stage) => {
      const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'nobody', uid: 'a-b-c' };
      await stage.create(configmaps, configMap('lost', { ownerReferences: [reference] }));
      expect(await stage.find(configmaps, 'lost')).to.equal(undefined);
    }));

  it('keeps what has another owner, and takes the lost one off its list', () =>
    onStage(async (stage) => {
      const one = await stage.create(configmaps, configMap('one'));
      const two = await stage.create(configmaps, configMap('two'));
      const reference = (owner: typeof one) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name: owner.metadata.name,
        uid: owner.metadata.uid,
      });
      await stage.create(
        configmaps,
        configMap('child', { ownerReferences: [reference(one), reference(two)] }),
      );
      await stage.client.delete(configmaps, { namespace: 'default', name: 'one' });
      await stage.quiet();
      expect((await stage.get(configmaps, 'child')).metadata.ownerReferences).to.eql([reference(two)]);
      await stage.client.delete(configmaps, { namespace: 'default', name: 'two' });
      await stage.quiet();
      expect(await stage.find(configmaps, 'child')).to.equal(undefined);
    }));
});

describe('a ReplicaSet', () => {
  it('adopts a pod that it selects, and counts it', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(pods, pod('orphan', { labels: { app: 'r' } }));
      const set = await stage.create(replicasets, replicaSet('r', { app: 'r' }, 2));
      expect(await stage.names(pods)).to.have.length(2);
      const [reference] = (await stage.get(pods, 'orphan')).metadata.ownerReferences ?? [];
      expect(reference).to.include({
        kind: 'ReplicaSet',
        name: 'r',
        uid: set.metadata.uid,
        controller: true,
      });
    }));

  it('lets a pod go whose labels have changed, and puts another in its place', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(replicasets, replicaSet('r', { app: 'r' }, 1));
      const [first = ''] = await stage.names(pods);
      const patch = { metadata: { labels: { app: 'debug' } } };
      await stage.client.patch(
        pods,
        { namespace: 'default', name: first },
        'application/merge-patch+json',
        patch,
      );
      await stage.quiet();
      expect(await stage.names(pods)).to.have.length(2);
      expect((await stage.get(pods, first)).metadata.ownerReferences).to.equal(undefined);
      expect((await stage.get(replicasets, 'r')).status?.replicas).to.equal(1);
    }));

  it('deletes pods that are not ready before others', () =>
    onStage(async (stage) => {
      let turn = 0;
      await stage.node('node1', { startsIn: () => (++turn > 2 ? 'never' : 0) });
      await stage.create(replicasets, replicaSet('r', { app: 'r' }, 5));
      const ready = (await stage.list(pods))
        .filter(({ status }) =>
          status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
        )
        .map(({ metadata }) => metadata.name);
      expect(ready).to.have.length(2);
      const patch = { spec: { replicas: 2 } };
      await stage.client.patch(
        replicasets,
        { namespace: 'default', name: 'r' },
        'application/merge-patch+json',
        patch,
      );
      await stage.pass(1000);
      expect(await stage.names(pods)).to.eql(ready);
    }));

  it('says when it cannot create its pods, and tries again', () =>
    onStage(async (stage) => {
      await stage.client.delete(serviceaccounts, { namespace: 'default', name: 'default' });
      const set = replicaSet('r', { app: 'r' }, 1);
      if (set.spec?.template?.spec) set.spec.template.spec.serviceAccountName = 'missing';
      await stage.create(replicasets, set);
      const [condition] = (await stage.get(replicasets, 'r')).status?.conditions ?? [];
      expect(condition).to.include({ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' });
      expect(condition?.message).to.contain('serviceaccount "missing" not found');
      const [said] = await stage.eventsOf('ReplicaSet/r');
      expect(said).to.match(
        /^Warning FailedCreate Error creating: pods "r-.*serviceaccount "missing" not found/,
      );
      const account = {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'missing', namespace: 'default' },
      } as const;
      await stage.create(serviceaccounts, account);
      await stage.pass(60_000);
      expect((await stage.get(replicasets, 'r')).status).to.include({ replicas: 1 });
      expect((await stage.get(replicasets, 'r')).status?.conditions).to.equal(undefined);
    }));
});

describe('a namespace', () => {
  const recorded: { status?: Namespace['status'] }[] = parse(
    readFileSync(new URL('../fixtures/stories/z-namespace-deletion.yaml', import.meta.url), 'utf8'),
  ).namespaces['z-namespace-deletion'];
  const facts = (status: Namespace['status'] = {}) =>
    (status.conditions ?? []).map(({ type, status, reason, message }) => ({ type, status, reason, message }));

  it('gives its pods an account and the authority of the cluster, and renews both', () =>
    onStage(async (stage) => {
      await stage.namespace('new');
      await stage.quiet();
      expect((await stage.get(configmaps, 'kube-root-ca.crt', 'new')).data).to.eql({
        'ca.crt': caCertificate,
      });
      expect(await stage.names(serviceaccounts, 'new')).to.eql(['default']);
      const key = { namespace: 'new', name: 'kube-root-ca.crt' };
      await stage.client.patch(configmaps, key, 'application/merge-patch+json', {
        data: { 'ca.crt': 'forged' },
      });
      await stage.client.delete(serviceaccounts, { namespace: 'new', name: 'default' });
      await stage.quiet();
      expect((await stage.get(configmaps, 'kube-root-ca.crt', 'new')).data).to.eql({
        'ca.crt': caCertificate,
      });
      expect(await stage.names(serviceaccounts, 'new')).to.eql(['default']);
    }));

  it('that is deleted empties itself, says what holds it up, and goes', () =>
    onStage(async (stage) => {
      await stage.node('node1', { endsIn: () => 8000 });
      await stage.namespace('z');
      await stage.quiet();
      await stage.create(configmaps, configMap('held', { finalizers: ['example.com/hold'] }, 'z'));
      await stage.create(pods, pod('p', { namespace: 'z' }));
      await stage.create(pods, pod('q', { namespace: 'z' }));
      await stage.client.delete(namespaces, { name: 'z' });
      await stage.quiet();
      const waiting = recorded.find(({ status }) =>
        status?.conditions?.some(
          ({ type, status }) => type === 'NamespaceContentRemaining' && status === 'True',
        ),
      );
      expect(facts((await stage.get(namespaces, 'z')).status)).to.eql(facts(waiting?.status));
      await stage.pass(9000);
      expect(await stage.names(pods, 'z')).to.eql([]);
      expect((await stage.get(namespaces, 'z')).status?.phase).to.equal('Terminating');
      const key = { namespace: 'z', name: 'held' };
      await stage.client.patch(configmaps, key, 'application/merge-patch+json', {
        metadata: { finalizers: null },
      });
      await stage.quiet();
      expect(await stage.find(namespaces, 'z')).to.equal(undefined);
    }));

  it('goes at once with a Deployment in it, without new pods being made meanwhile', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.namespace('z');
      await stage.quiet();
      await stage.create(deployments, deployment('d', 'z'));
      await stage.client.delete(namespaces, { name: 'z' });
      await stage.pass(1000);
      expect(await stage.find(namespaces, 'z')).to.equal(undefined);
      expect(await stage.names(pods, 'z')).to.eql([]);
    }));
});

describe('pods that nobody else would delete', () => {
  it('go when they name a node that is not there', () =>
    onStage(async (stage) => {
      await stage.create(pods, pod('ghostly', { spec: { nodeName: 'ghost' } }));
      await stage.pass(39_000);
      expect(await stage.names(pods)).to.eql(['ghostly']);
      await stage.pass(2000);
      expect(await stage.names(pods)).to.eql([]);
    }));

  it('go when too many have ended, the oldest first', () =>
    onStage(
      async (stage) => {
        const kubelet = await stage.node('node1');
        for (const name of ['a', 'b', 'c', 'd']) {
          await stage.create(pods, pod(name, { spec: { restartPolicy: 'Never' } }));
          await kubelet.say(await stage.get(pods, name), { phase: 'Succeeded' });
          await stage.pass(1000);
        }
        expect(await stage.names(pods)).to.eql(['c', 'd']);
      },
      { terminatedPodThreshold: 2 },
    ));
});
