// Stories of claims and volumes: who gets which, what waits for whom, and what is left when somebody goes.

import { expect } from 'chai';
import { localClass } from '../../hub/bootstrap.ts';
import {
  nodes,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  persistentvolumeclaims,
  persistentvolumes,
  pods,
  type StorageClass,
  storageclasses,
} from '../../shared/api/index.ts';
import { onStage, type Stage } from '../support/stage.ts';

type ClaimSpec = PersistentVolumeClaim['spec'] & object;

function claim(name: string, spec: Partial<ClaimSpec> = {}, storage = '1Gi'): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } }, ...spec },
  };
}

function volume(name: string, spec: Partial<PersistentVolume['spec'] & object> = {}): PersistentVolume {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: `/data/${name}` },
      ...spec,
    },
  };
}

function pod(name: string, ...claims: string[]): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      containers: [{ name: 'c', image: 'busybox' }],
      volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
    },
  };
}

const onHost = (host: string) => ({
  required: {
    nodeSelectorTerms: [
      { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [host] }] },
    ],
  },
});

const delayedClass: StorageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'manual' },
  provisioner: 'kubernetes.io/no-provisioner',
  volumeBindingMode: 'WaitForFirstConsumer',
};

/** A node whose agent keeps volumes. */
async function board(stage: Stage, name: string): Promise<void> {
  await stage.node(name);
  const patch = { metadata: { annotations: { 'kelp.dev/volumes-folder': `/v/${name}` } } };
  await stage.client.patch(nodes, { name }, 'application/merge-patch+json', patch);
  await stage.quiet();
}

const phase = async (stage: Stage, name: string) =>
  (await stage.get(persistentvolumeclaims, name)).status?.phase;
const placeOf = async (stage: Stage, name: string) => (await stage.get(pods, name)).spec?.nodeName;

async function whyNot(stage: Stage, name: string): Promise<string | undefined> {
  const found = await stage.get(pods, name);
  return found.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message;
}

const useless = (count = 1) =>
  `preemption: 0/${count} nodes are available: ${count} Preemption is not helpful for scheduling.`;

describe('claims and volumes', () => {
  it('find each other, the smallest that is large enough, whoever comes first', () =>
    onStage(async (stage) => {
      await stage.create(persistentvolumeclaims, claim('a', { storageClassName: '' }));
      expect(await phase(stage, 'a')).to.equal('Pending');
      expect(await stage.eventsOf('PersistentVolumeClaim/a')).to.eql([
        'Normal FailedBinding no persistent volumes available for this claim and no storage class is set',
      ]);
      await stage.create(persistentvolumes, volume('small', { capacity: { storage: '500Mi' } }));
      expect(await phase(stage, 'a')).to.equal('Pending');
      await stage.create(persistentvolumes, volume('large', { capacity: { storage: '5Gi' } }));
      const bound = await stage.get(persistentvolumeclaims, 'a');
      expect(bound.spec?.volumeName).to.equal('large');
      expect(bound.status).to.eql({
        phase: 'Bound',
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '5Gi' },
      });
      expect(bound.metadata.annotations).to.eql({
        'pv.kubernetes.io/bind-completed': 'yes',
        'pv.kubernetes.io/bound-by-controller': 'yes',
      });
      expect(bound.metadata.finalizers).to.eql(['kubernetes.io/pvc-protection']);
      const taken = await stage.get(persistentvolumes, 'large');
      expect(taken.metadata.finalizers).to.eql(['kubernetes.io/pv-protection']);
      expect(taken.metadata.annotations).to.eql({ 'pv.kubernetes.io/bound-by-controller': 'yes' });
      expect(taken.spec?.claimRef).to.include({
        kind: 'PersistentVolumeClaim',
        namespace: 'default',
        name: 'a',
      });
      expect(taken.spec?.claimRef?.uid).to.equal(bound.metadata.uid);
      expect(taken.status?.phase).to.equal('Bound');
      expect((await stage.get(persistentvolumes, 'small')).status?.phase).to.equal('Available');
    }));

  it('are two for two, also when all come at once', () =>
    onStage(async (stage) => {
      const names = ['a', 'b', 'c', 'd', 'e'];
      await Promise.all([
        ...names.map((name) =>
          stage.client.create(persistentvolumeclaims, claim(name, { storageClassName: '' })),
        ),
        ...names.map((name) => stage.client.create(persistentvolumes, volume(`v-${name}`))),
      ]);
      await stage.quiet();
      const taken = (await stage.list(persistentvolumeclaims)).map(({ spec }) => spec?.volumeName);
      expect([...new Set(taken)].sort()).to.eql(names.map((name) => `v-${name}`));
    }));

  it('keep to what they say of each other: reserved volumes, named volumes, selectors', () =>
    onStage(async (stage) => {
      const claimRef = { namespace: 'default', name: 'mine' };
      await stage.create(persistentvolumes, volume('reserved', { claimRef }));
      await stage.create(persistentvolumeclaims, claim('other', { storageClassName: '' }));
      expect(await phase(stage, 'other')).to.equal('Pending');
      await stage.create(
        persistentvolumeclaims,
        claim('wants', { storageClassName: '', volumeName: 'reserved' }),
      );
      expect(await stage.eventsOf('PersistentVolumeClaim/wants')).to.eql([
        'Warning FailedBinding volume "reserved" already bound to a different claim.',
      ]);
      await stage.create(persistentvolumeclaims, claim('mine', { storageClassName: '' }));
      expect((await stage.get(persistentvolumeclaims, 'mine')).spec?.volumeName).to.equal('reserved');
      const tooMuch = claim('big', { storageClassName: '', volumeName: 'later' }, '9Gi');
      await stage.create(persistentvolumeclaims, tooMuch);
      await stage.create(persistentvolumes, volume('later', { storageClassName: 'x' }));
      expect(await stage.eventsOf('PersistentVolumeClaim/big')).to.eql([
        'Warning VolumeMismatch Cannot bind to requested volume "later": requested PV is too small',
      ]);
      await stage.create(persistentvolumes, volume('plain'));
      expect((await stage.get(persistentvolumeclaims, 'other')).spec?.volumeName).to.equal('plain');
      const selector = { matchLabels: { disk: 'ssd' } };
      await stage.create(persistentvolumeclaims, claim('picky', { storageClassName: '', selector }));
      const ssd = volume('ssd');
      await stage.create(persistentvolumes, { ...ssd, metadata: { name: 'ssd', labels: { disk: 'ssd' } } });
      expect((await stage.get(persistentvolumeclaims, 'picky')).spec?.volumeName).to.equal('ssd');
    }));

  it('part: what is retained is released, what was lost is said', () =>
    onStage(async (stage) => {
      await stage.create(persistentvolumes, volume('v'));
      await stage.create(persistentvolumeclaims, claim('a', { storageClassName: '' }));
      await stage.client.delete(persistentvolumeclaims, { namespace: 'default', name: 'a' });
      await stage.quiet();
      expect(await stage.find(persistentvolumeclaims, 'a')).to.equal(undefined);
      expect((await stage.get(persistentvolumes, 'v')).status?.phase).to.equal('Released');
      // Nobody else gets it, until somebody says that it is free.
      await stage.create(persistentvolumeclaims, claim('b', { storageClassName: '' }));
      expect(await phase(stage, 'b')).to.equal('Pending');
      const free = { spec: { claimRef: null } };
      await stage.client.patch(persistentvolumes, { name: 'v' }, 'application/merge-patch+json', free);
      await stage.quiet();
      expect(await phase(stage, 'b')).to.equal('Bound');
      // A volume that is deleted stays as long as it is bound.
      await stage.client.delete(persistentvolumes, { name: 'v' });
      await stage.quiet();
      expect((await stage.get(persistentvolumes, 'v')).metadata.deletionTimestamp).to.be.a('string');
      await stage.client.patch(persistentvolumes, { name: 'v' }, 'application/merge-patch+json', {
        metadata: { finalizers: null },
      });
      await stage.quiet();
      expect(await phase(stage, 'b')).to.equal('Lost');
      expect(await stage.eventsOf('PersistentVolumeClaim/b')).to.include(
        'Warning ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!',
      );
    }));

  it('say what cannot be done for a released volume', () =>
    onStage(async (stage) => {
      await stage.create(persistentvolumes, volume('v', { persistentVolumeReclaimPolicy: 'Delete' }));
      await stage.create(persistentvolumeclaims, claim('a', { storageClassName: '' }));
      await stage.client.delete(persistentvolumeclaims, { namespace: 'default', name: 'a' });
      await stage.quiet();
      const message =
        'error getting deleter volume plugin for volume "v": no deletable volume plugin matched';
      expect((await stage.get(persistentvolumes, 'v')).status).to.include({ phase: 'Failed', message });
      expect(await stage.eventsOf('PersistentVolume/v')).to.eql([`Warning VolumeFailedDelete ${message}`]);
    }));

  it('wait for a class and for its provisioner', () =>
    onStage(async (stage) => {
      await stage.create(persistentvolumeclaims, claim('a', { storageClassName: 'fast' }));
      expect(await stage.eventsOf('PersistentVolumeClaim/a')).to.eql([
        'Warning ProvisioningFailed storageclass.storage.k8s.io "fast" not found',
      ]);
      const metadata = { name: 'fast' };
      await stage.create(storageclasses, {
        ...delayedClass,
        metadata,
        provisioner: 'a.b/c',
        volumeBindingMode: 'Immediate',
      });
      const asked = await stage.get(persistentvolumeclaims, 'a');
      expect(asked.metadata.annotations).to.eql({
        'volume.beta.kubernetes.io/storage-provisioner': 'a.b/c',
        'volume.kubernetes.io/storage-provisioner': 'a.b/c',
      });
      expect((await stage.eventsOf('PersistentVolumeClaim/a')).at(-1)).to.match(
        /^Normal ExternalProvisioning Waiting for a volume to be created either by the external provisioner 'a.b\/c' or manually/,
      );
    }));

  it('that named no class get the default one, also when it comes later', () =>
    onStage(async (stage) => {
      await stage.create(persistentvolumeclaims, claim('early'));
      expect((await stage.get(persistentvolumeclaims, 'early')).spec?.storageClassName).to.equal(undefined);
      await stage.create(storageclasses, localClass);
      expect((await stage.get(persistentvolumeclaims, 'early')).spec?.storageClassName).to.equal('local');
      await stage.create(persistentvolumeclaims, claim('late'));
      expect((await stage.get(persistentvolumeclaims, 'late')).spec?.storageClassName).to.equal('local');
      expect(await stage.eventsOf('PersistentVolumeClaim/late')).to.eql([
        'Normal WaitForFirstConsumer waiting for first consumer to be created before binding',
      ]);
    }));
});

describe('pods with claims', () => {
  it('wait for what they name, in the words of Kubernetes', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(pods, pod('none', 'nope'));
      expect(await whyNot(stage, 'none')).to.equal(
        `0/1 nodes are available: persistentvolumeclaim "nope" not found. ${useless()}`,
      );
      await stage.create(persistentvolumeclaims, claim('a', { storageClassName: '' }));
      await stage.create(pods, pod('waits', 'a'));
      expect(await whyNot(stage, 'waits')).to.equal(
        `0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. ${useless()}`,
      );
      await stage.create(persistentvolumes, volume('v'));
      await stage.pass(1000);
      expect(await placeOf(stage, 'waits')).to.equal('node1');
    }));

  it('go where their volume is, and stay there', () =>
    onStage(async (stage) => {
      for (const name of ['node1', 'node2']) await stage.node(name);
      const local = { hostPath: undefined, local: { path: '/mnt' }, nodeAffinity: onHost('node2') };
      await stage.create(persistentvolumes, volume('v', local));
      await stage.create(persistentvolumeclaims, claim('a', { storageClassName: '' }));
      await stage.create(pods, pod('p', 'a'));
      await stage.pass(1000);
      const placed = await stage.get(pods, 'p');
      expect(placed.spec?.nodeName).to.equal('node2');
      expect(placed.metadata.annotations).to.include({ 'kelp.dev/pinned': 'true' });
      const elsewhere = pod('q', 'a');
      await stage.create(pods, {
        ...elsewhere,
        spec: { containers: [], ...elsewhere.spec, nodeSelector: { 'kubernetes.io/hostname': 'node1' } },
      });
      expect(await whyNot(stage, 'q')).to.contain(
        "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had volume node affinity conflict.",
      );
    }));

  it('choose among the volumes of a class that waits for them, each its own', () =>
    onStage(async (stage) => {
      for (const name of ['node1', 'node2']) await stage.node(name);
      await stage.create(storageclasses, delayedClass);
      for (const host of ['node1', 'node2']) {
        const nodeAffinity = onHost(host);
        const local = {
          hostPath: undefined,
          local: { path: '/mnt' },
          nodeAffinity,
          storageClassName: 'manual',
        };
        await stage.create(persistentvolumes, volume(`on-${host}`, local));
      }
      for (const name of ['a', 'b', 'c'])
        await stage.create(persistentvolumeclaims, claim(name, { storageClassName: 'manual' }));
      expect(await phase(stage, 'a')).to.equal('Pending');
      for (const name of ['a', 'b', 'c']) await stage.client.create(pods, pod(name, name));
      await stage.quiet();
      await stage.pass(5000);
      const places = await Promise.all(['a', 'b', 'c'].map((name) => placeOf(stage, name)));
      expect(places.filter(Boolean).sort()).to.eql(['node1', 'node2']);
      const left = ['a', 'b', 'c'].find((_, position) => !places[position]) ?? '';
      expect(await whyNot(stage, left)).to.equal(
        `0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind. ${useless(2)}`,
      );
    }));

  it('share no ReadWriteOncePod claim', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      const accessModes = ['ReadWriteOncePod'];
      await stage.create(persistentvolumes, volume('v', { accessModes }));
      await stage.create(persistentvolumeclaims, claim('a', { storageClassName: '', accessModes }));
      await stage.create(pods, pod('p', 'a'));
      await stage.create(pods, pod('q', 'a'));
      expect(await placeOf(stage, 'p')).to.equal('node1');
      expect(await whyNot(stage, 'q')).to.contain(
        '1 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode.',
      );
      await stage.client.delete(pods, { namespace: 'default', name: 'p' });
      await stage.pass(1000);
      expect(await placeOf(stage, 'q')).to.equal('node1');
    }));

  it('keep their claim: it goes when the last of them has gone', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(persistentvolumes, volume('v'));
      await stage.create(persistentvolumeclaims, claim('a', { storageClassName: '' }));
      await stage.create(pods, pod('p', 'a'));
      await stage.client.delete(persistentvolumeclaims, { namespace: 'default', name: 'a' });
      await stage.quiet();
      expect((await stage.get(persistentvolumeclaims, 'a')).metadata.deletionTimestamp).to.be.a('string');
      await stage.create(pods, pod('q', 'a'));
      expect(await whyNot(stage, 'q')).to.equal(
        `0/1 nodes are available: persistentvolumeclaim "a" is being deleted. ${useless()}`,
      );
      await stage.client.delete(pods, { namespace: 'default', name: 'p' });
      await stage.pass(1000);
      expect(await stage.find(persistentvolumeclaims, 'a')).to.equal(undefined);
      expect((await stage.get(persistentvolumes, 'v')).status?.phase).to.equal('Released');
    }));

  it('have claims of their own, made for them and gone with them', () =>
    onStage(async (stage) => {
      await board(stage, 'node1');
      await stage.create(storageclasses, localClass);
      const volumeClaimTemplate = {
        metadata: { labels: { of: 'p' } },
        spec: claim('x').spec ?? {},
      };
      const volumes = [{ name: 'scratch', ephemeral: { volumeClaimTemplate } }];
      const wanted = pod('p');
      await stage.create(pods, { ...wanted, spec: { containers: [], ...wanted.spec, volumes } });
      await stage.pass(1000);
      const made = await stage.get(persistentvolumeclaims, 'p-scratch');
      expect(made.metadata.labels).to.eql({ of: 'p' });
      expect(made.metadata.ownerReferences?.[0]).to.include({ kind: 'Pod', name: 'p', controller: true });
      expect(made.status?.phase).to.equal('Bound');
      expect(await placeOf(stage, 'p')).to.equal('node1');
      await stage.client.delete(pods, { namespace: 'default', name: 'p' });
      await stage.pass(5000);
      expect(await stage.find(persistentvolumeclaims, 'p-scratch')).to.equal(undefined);
    }));

  it('are not given a claim that was not made for them', () =>
    onStage(async (stage) => {
      await board(stage, 'node1');
      await stage.create(storageclasses, localClass);
      await stage.create(persistentvolumeclaims, claim('p-scratch'));
      const volumes = [
        { name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: claim('x').spec ?? {} } } },
      ];
      const wanted = pod('p');
      await stage.create(pods, { ...wanted, spec: { containers: [], ...wanted.spec, volumes } });
      const why = 'PVC default/p-scratch was not created for pod default/p (pod is not owner)';
      expect(await whyNot(stage, 'p')).to.contain(why);
      const said = (await stage.eventsOf('Pod/p')).join('\n');
      expect(said).to.contain(`Warning FailedBinding ephemeral volume scratch: ${why}`);
    }));
});

describe('the class local', () => {
  it('makes a folder on the node that the pod is sent to, and has it removed there at the end', () =>
    onStage(async (stage) => {
      for (const name of ['node1', 'node2']) await board(stage, name);
      await stage.create(storageclasses, localClass);
      const { metadata } = await stage.create(persistentvolumeclaims, claim('data'));
      await stage.create(pods, pod('p', 'data'));
      await stage.pass(1000);
      const node = await placeOf(stage, 'p');
      const name = `pvc-${metadata.uid}`;
      expect(await stage.eventsOf('PersistentVolumeClaim/data')).to.include.members([
        'Normal WaitForFirstConsumer waiting for first consumer to be created before binding',
        'Normal Provisioning External provisioner is provisioning volume for claim "default/data"',
        `Normal ProvisioningSucceeded Successfully provisioned volume ${name}`,
      ]);
      const made = await stage.get(persistentvolumes, name);
      expect(made.spec).to.deep.include({
        capacity: { storage: '1Gi' },
        local: { path: `/v/${node}/${name}` },
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: 'local',
        nodeAffinity: onHost(node ?? ''),
      });
      expect(made.status?.phase).to.equal('Bound');
      expect((await stage.get(pods, 'p')).metadata.annotations).to.include({ 'kelp.dev/pinned': 'true' });

      await stage.client.delete(pods, { namespace: 'default', name: 'p' });
      await stage.client.delete(persistentvolumeclaims, { namespace: 'default', name: 'data' });
      await stage.pass(1000);
      const waiting = await stage.get(persistentvolumes, name);
      expect(waiting.metadata.deletionTimestamp).to.be.a('string');
      expect(waiting.metadata.finalizers).to.eql(['kelp.dev/local-volume']);
      // The node is never coming back: nobody waits for it any longer.
      await stage.client.delete(nodes, { name: node ?? '' });
      await stage.quiet();
      expect(await stage.find(persistentvolumes, name)).to.equal(undefined);
    }));

  it('lets the next pod go to the data', () =>
    onStage(async (stage) => {
      for (const name of ['node1', 'node2', 'node3']) await board(stage, name);
      await stage.create(storageclasses, localClass);
      await stage.create(persistentvolumeclaims, claim('data'));
      await stage.create(pods, pod('p', 'data'));
      await stage.pass(1000);
      const first = await placeOf(stage, 'p');
      await stage.client.delete(pods, { namespace: 'default', name: 'p' });
      for (const name of ['q', 'r', 's']) await stage.create(pods, pod(name, 'data'));
      await stage.pass(1000);
      for (const name of ['q', 'r', 's']) expect(await placeOf(stage, name)).to.equal(first);
    }));

  it('says what a folder cannot be', () =>
    onStage(async (stage) => {
      await board(stage, 'node1');
      await stage.create(storageclasses, localClass);
      await stage.create(persistentvolumeclaims, claim('shared', { accessModes: ['ReadWriteMany'] }));
      await stage.create(pods, pod('p', 'shared'));
      await stage.pass(1000);
      expect(await stage.eventsOf('PersistentVolumeClaim/shared')).to.include(
        'Warning ProvisioningFailed failed to provision volume with StorageClass "local": accessModes: ReadWriteMany: a folder of one node can be ReadWriteOnce or ReadWriteOncePod',
      );
    }));

  it('keeps what is to be retained', () =>
    onStage(async (stage) => {
      await board(stage, 'node1');
      await stage.create(storageclasses, { ...localClass, reclaimPolicy: 'Retain' });
      const { metadata } = await stage.create(persistentvolumeclaims, claim('data'));
      await stage.create(pods, pod('p', 'data'));
      await stage.pass(1000);
      await stage.client.delete(pods, { namespace: 'default', name: 'p' });
      await stage.client.delete(persistentvolumeclaims, { namespace: 'default', name: 'data' });
      await stage.pass(1000);
      const name = `pvc-${metadata.uid}`;
      expect((await stage.get(persistentvolumes, name)).status?.phase).to.equal('Released');
      await stage.client.delete(persistentvolumes, { name });
      await stage.quiet();
      expect(await stage.find(persistentvolumes, name)).to.equal(undefined);
    }));

  it('grows with its claim', () =>
    onStage(async (stage) => {
      await board(stage, 'node1');
      await stage.create(storageclasses, localClass);
      const { metadata } = await stage.create(persistentvolumeclaims, claim('data'));
      await stage.create(pods, pod('p', 'data'));
      await stage.pass(1000);
      const more = { spec: { resources: { requests: { storage: '3Gi' } } } };
      const key = { namespace: 'default', name: 'data' };
      await stage.client.patch(persistentvolumeclaims, key, 'application/merge-patch+json', more);
      await stage.quiet();
      expect((await stage.get(persistentvolumes, `pvc-${metadata.uid}`)).spec?.capacity?.storage).to.equal(
        '3Gi',
      );
      expect((await stage.get(persistentvolumeclaims, 'data')).status?.capacity?.storage).to.equal('3Gi');
    }));

  it('goes on where a hub was that ended in the middle', () =>
    onStage(async (stage) => {
      await board(stage, 'node1');
      await stage.create(storageclasses, localClass);
      await stage.create(persistentvolumeclaims, claim('data'));
      await stage.client.create(pods, pod('p', 'data'));
      await stage.restartControllers();
      await stage.pass(1000);
      expect(await placeOf(stage, 'p')).to.equal('node1');
      expect(await phase(stage, 'data')).to.equal('Bound');
    }));
});
