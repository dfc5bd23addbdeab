// Stories of the claims of StatefulSets: each number has its own, and finds it again.

import { expect } from 'chai';
import { persistentvolumeclaims, pods, type StatefulSet, statefulsets } from '../../shared/api/index.ts';
import { controllerOf } from '../../shared/machinery/index.ts';
import { onStage, type Stage } from '../support/stage.ts';

type Spec = NonNullable<StatefulSet['spec']>;

function statefulSet(spec: Partial<Spec>): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'ss', namespace: 'default' },
    spec: {
      serviceName: 's',
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: { app: 'ss' } },
      template: {
        metadata: { labels: { app: 'ss' } },
        spec: { terminationGracePeriodSeconds: 2, containers: [{ name: 'c', image: 'busybox:1.36' }] },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data', labels: { of: 'template' } },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ],
      ...spec,
    },
  };
}

const address = { namespace: 'default', name: 'ss' };

async function scale(stage: Stage, replicas: number): Promise<void> {
  const type = 'application/merge-patch+json';
  await stage.client.patch(statefulsets, address, type, { spec: { replicas } }, { subresource: 'scale' });
  await stage.quiet();
}

async function owners(stage: Stage): Promise<string[]> {
  return (await stage.list(persistentvolumeclaims, 'default')).map(
    (claim) => `${claim.metadata.name} ${controllerOf(claim)?.kind}`,
  );
}

describe('a StatefulSet with claims', () => {
  it('makes one for each pod, which the next pod of the name has again', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(statefulsets, statefulSet({ replicas: 1 }));
      const claim = await stage.get(persistentvolumeclaims, 'data-ss-0');
      expect(claim.metadata.labels).to.eql({ of: 'template', app: 'ss' });
      expect(claim.metadata.ownerReferences).to.equal(undefined);
      const pod = await stage.get(pods, 'ss-0');
      expect(pod.spec?.volumes?.[0]).to.eql({
        name: 'data',
        persistentVolumeClaim: { claimName: 'data-ss-0' },
      });
      await stage.client.delete(pods, { namespace: 'default', name: 'ss-0' }, {});
      await stage.pass(5000);
      expect((await stage.get(pods, 'ss-0')).metadata.uid).to.not.equal(pod.metadata.uid);
      await stage.client.delete(statefulsets, address, { propagationPolicy: 'Background' });
      await stage.pass(20_000);
      expect(await stage.names(pods)).to.eql([]);
      const still = await stage.get(persistentvolumeclaims, 'data-ss-0');
      expect(still.metadata.uid).to.equal(claim.metadata.uid);
      expect(await stage.eventsOf('StatefulSet/ss')).to.include(
        'Normal SuccessfulCreate create Claim data-ss-0 Pod ss-0 in StatefulSet ss success',
      );
    }));

  it('has them go with their numbers and with itself, where it says so', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      const persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Delete', whenScaled: 'Delete' };
      await stage.create(statefulsets, statefulSet({ replicas: 2, persistentVolumeClaimRetentionPolicy }));
      expect(await owners(stage)).to.eql(['data-ss-0 StatefulSet', 'data-ss-1 StatefulSet']);
      const { uid } = (await stage.get(persistentvolumeclaims, 'data-ss-1')).metadata;
      await scale(stage, 1);
      await stage.pass(60_000);
      expect(await owners(stage)).to.eql(['data-ss-0 StatefulSet']);
      await scale(stage, 2);
      await stage.pass(60_000);
      expect(await owners(stage)).to.eql(['data-ss-0 StatefulSet', 'data-ss-1 StatefulSet']);
      expect((await stage.get(persistentvolumeclaims, 'data-ss-1')).metadata.uid).to.not.equal(uid);
      await stage.client.delete(statefulsets, address, { propagationPolicy: 'Background' });
      await stage.pass(60_000);
      expect(await owners(stage)).to.eql([]);
    }));
});
