// A ReplicationController keeps its pods as a ReplicaSet does.

import { expect } from 'chai';
import { pods, type ReplicationController, replicationcontrollers } from '../../shared/api/index.ts';
import { onStage, type Stage } from '../support/stage.ts';

const labels = { app: 'rc' };

const controller: ReplicationController = {
  apiVersion: 'v1',
  kind: 'ReplicationController',
  metadata: { name: 'rc', namespace: 'default' },
  spec: {
    replicas: 2,
    template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'busybox' }] } },
  },
};

const address = { namespace: 'default', name: 'rc' };

async function scale(stage: Stage, replicas: number): Promise<void> {
  const patch = { spec: { replicas } };
  const type = 'application/merge-patch+json';
  await stage.client.patch(replicationcontrollers, address, type, patch, { subresource: 'scale' });
  await stage.quiet();
}

describe('a ReplicationController', () => {
  it('has as many pods as it asks for, by the labels of its template', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      const made = await stage.create(replicationcontrollers, controller);
      const [pod] = await stage.list(pods, 'default');
      expect(pod?.metadata.generateName).to.equal('rc-');
      expect(pod?.metadata.ownerReferences).to.eql([
        {
          apiVersion: 'v1',
          kind: 'ReplicationController',
          name: 'rc',
          uid: made.metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ]);
      await scale(stage, 3);
      await stage.pass(1000);
      expect((await stage.get(replicationcontrollers, 'rc')).status).to.eql({
        replicas: 3,
        fullyLabeledReplicas: 3,
        readyReplicas: 3,
        availableReplicas: 3,
        observedGeneration: 2,
      });
      await scale(stage, 1);
      expect(await stage.names(pods)).to.have.length(1);
      expect(await stage.eventsOf('ReplicationController/rc')).to.have.length(5);
    }));

  it('takes in again what it left behind', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(replicationcontrollers, controller);
      const names = await stage.names(pods);
      await stage.client.delete(replicationcontrollers, address, { propagationPolicy: 'Orphan' });
      await stage.pass(1000);
      expect((await stage.get(pods, names[0] ?? '')).metadata.ownerReferences).to.equal(undefined);
      const again = await stage.create(replicationcontrollers, controller);
      expect(await stage.names(pods)).to.eql(names);
      const [owner] = (await stage.get(pods, names[0] ?? '')).metadata.ownerReferences ?? [];
      expect(owner?.uid).to.equal(again.metadata.uid);
    }));
});
