// What becomes of a claim and of a volume: tables of cases.

import { expect } from 'chai';
import fc from 'fast-check';
import { type ClaimPlan, planClaim } from '../../../hub/controllers/volumes/plan-claim.ts';
import { planLocalVolume, planLocalVolumeEnd } from '../../../hub/controllers/volumes/plan-local-volume.ts';
import { planVolume } from '../../../hub/controllers/volumes/plan-volume.ts';
import {
  capacityOf,
  type Node,
  type PersistentVolume,
  type PersistentVolumeClaim,
  requestOf,
  type StorageClass,
  volumeFor,
  volumeMismatch,
} from '../../../shared/api/index.ts';
import type { Live, ObjectMeta } from '../../../shared/machinery/index.ts';

type Claim = Live<PersistentVolumeClaim>;
type Volume = Live<PersistentVolume>;

const meta = (name: string, more: ObjectMeta = {}) => ({
  ...{ name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  ...more,
});

function claim(spec: PersistentVolumeClaim['spec'] = {}, more: ObjectMeta = {}, storage = '1Gi'): Claim {
  const defaults = {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage } },
    volumeMode: 'Filesystem',
  };
  return {
    metadata: meta('c', { namespace: 'ns', ...more }),
    spec: { ...defaults, ...spec },
    status: { phase: 'Pending' },
  };
}

function volume(name: string, spec: PersistentVolume['spec'] = {}, more: ObjectMeta = {}): Volume {
  const defaults = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem' };
  return { metadata: meta(name, more), spec: { ...defaults, ...spec }, status: { phase: 'Available' } };
}

const storageClass = (
  name: string,
  more: Partial<Omit<StorageClass, 'metadata'>> = {},
): Live<StorageClass> => ({
  ...{ metadata: meta(name), provisioner: 'a.b/c', volumeBindingMode: 'Immediate', ...more },
});
const delayed = { volumeBindingMode: 'WaitForFirstConsumer' };
const completed = { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } };
const mine = { claimRef: { namespace: 'ns', name: 'c', uid: 'uid-c' } };
const theirs = { claimRef: { namespace: 'ns', name: 'd', uid: 'uid-d' } };

function shown(plan: ClaimPlan): string {
  if (plan.do === 'bind') return `bind ${plan.volume.metadata.name}`;
  if (plan.do === 'lose') return `lose ${plan.said.reason}`;
  return [
    'wait',
    plan.takeClass && `takes ${plan.takeClass}`,
    plan.provisioner && `asks ${plan.provisioner}`,
    plan.said?.reason,
  ]
    .filter(Boolean)
    .join(' ');
}

describe('a claim', () => {
  interface View {
    volumes?: Volume[];
    classes?: Live<StorageClass>[];
    byDefault?: Live<StorageClass>;
    pods?: string[];
  }
  const cases: [what: string, claim: Claim, view: View, plan: string][] = [
    ['without anything', claim({ storageClassName: '' }), {}, 'wait FailedBinding'],
    ['with a volume', claim(), { volumes: [volume('a')] }, 'bind a'],
    [
      'takes the smallest',
      claim(),
      {
        volumes: [
          volume('b', { capacity: { storage: '9Gi' } }),
          volume('a', { capacity: { storage: '2Gi' } }),
        ],
      },
      'bind a',
    ],
    [
      'takes none that is too small',
      claim(),
      { volumes: [volume('a', { capacity: { storage: '1023Mi' } })] },
      'wait FailedBinding',
    ],
    [
      'takes none of another class',
      claim(),
      { volumes: [volume('a', { storageClassName: 'x' })] },
      'wait FailedBinding',
    ],
    [
      'takes none of another mode',
      claim(),
      { volumes: [volume('a', { volumeMode: 'Block' })] },
      'wait FailedBinding',
    ],
    [
      'takes none that lacks a mode',
      claim({ accessModes: ['ReadWriteMany'] }),
      { volumes: [volume('a')] },
      'wait FailedBinding',
    ],
    [
      'takes none that goes',
      claim(),
      { volumes: [volume('a', {}, { deletionTimestamp: '2026-01-01T00:00:00Z' })] },
      'wait FailedBinding',
    ],
    [
      'takes none that is released',
      claim(),
      { volumes: [{ ...volume('a'), status: { phase: 'Released' } }] },
      'wait FailedBinding',
    ],
    ['takes none that is another’s', claim(), { volumes: [volume('a', theirs)] }, 'wait FailedBinding'],
    [
      'takes what is reserved for it, though larger',
      claim(),
      { volumes: [volume('a'), volume('b', { ...mine, capacity: { storage: '9Gi' } })] },
      'bind b',
    ],
    [
      'takes what is reserved for its name',
      claim(),
      { volumes: [volume('a', { claimRef: { namespace: 'ns', name: 'c' } })] },
      'bind a',
    ],
    ['with a class that there is not', claim({ storageClassName: 'x' }), {}, 'wait ProvisioningFailed'],
    [
      'with a class',
      claim({ storageClassName: 'x' }),
      { classes: [storageClass('x')] },
      'wait asks a.b/c ExternalProvisioning',
    ],
    [
      'with a class by annotation',
      claim({}, { annotations: { 'volume.beta.kubernetes.io/storage-class': 'x' } }),
      { classes: [storageClass('x')] },
      'wait asks a.b/c ExternalProvisioning',
    ],
    [
      'with a class that provisions nothing',
      claim({ storageClassName: 'x' }),
      { classes: [storageClass('x', { provisioner: 'kubernetes.io/no-provisioner' })] },
      'wait ProvisioningFailed',
    ],
    [
      'that waits for its consumer',
      claim({ storageClassName: 'x' }),
      { classes: [storageClass('x', delayed)], volumes: [volume('a', { storageClassName: 'x' })] },
      'wait WaitForFirstConsumer',
    ],
    [
      'that waits with its consumer',
      claim({ storageClassName: 'x' }),
      { classes: [storageClass('x', delayed)], pods: ['p'] },
      'wait WaitForPodScheduled',
    ],
    [
      'whose consumer has a node',
      claim({ storageClassName: 'x' }, { annotations: { 'volume.kubernetes.io/selected-node': 'n' } }),
      { classes: [storageClass('x', delayed)] },
      'wait asks a.b/c ExternalProvisioning',
    ],
    [
      'that waits takes what the scheduler has reserved',
      claim({ storageClassName: 'x' }),
      { classes: [storageClass('x', delayed)], volumes: [volume('a', { ...mine, storageClassName: 'x' })] },
      'bind a',
    ],
    [
      'of before there was a default class',
      claim(),
      { classes: [storageClass('x')], byDefault: storageClass('x') },
      'wait takes x',
    ],
    [
      'that wants no class takes no default',
      claim({ storageClassName: '' }),
      { byDefault: storageClass('x') },
      'wait FailedBinding',
    ],
    ['that names a volume that is not there', claim({ volumeName: 'a' }), {}, 'wait'],
    ['that names a volume', claim({ volumeName: 'a' }), { volumes: [volume('b'), volume('a')] }, 'bind a'],
    [
      'that names a volume that does not fit',
      claim({ volumeName: 'a' }),
      { volumes: [volume('a', { capacity: { storage: '1' } })] },
      'wait VolumeMismatch',
    ],
    [
      'that names another’s volume',
      claim({ volumeName: 'a' }),
      { volumes: [volume('a', theirs)] },
      'wait FailedBinding',
    ],
    ['that is bound', claim({ volumeName: 'a' }, completed), { volumes: [volume('a', mine)] }, 'bind a'],
    [
      'that is bound to what has forgotten it',
      claim({ volumeName: 'a' }, completed),
      { volumes: [volume('a')] },
      'bind a',
    ],
    ['that has lost its volume', claim({ volumeName: 'a' }, completed), {}, 'lose ClaimLost'],
    ['that has lost its volume’s name', claim({}, completed), {}, 'lose ClaimLost'],
    [
      'whose volume is another’s',
      claim({ volumeName: 'a' }, completed),
      { volumes: [volume('a', theirs)] },
      'lose ClaimMisbound',
    ],
  ];
  for (const [what, sample, { volumes = [], classes = [], byDefault, pods = [] }, plan] of cases) {
    it(`${what}: ${plan}`, () => {
      const view = {
        claim: sample,
        volumes,
        classNamed: (name: string) => classes.find(({ metadata }) => metadata.name === name),
        defaultClass: byDefault,
        unscheduledPods: pods,
      };
      expect(shown(planClaim(view))).to.equal(plan);
    });
  }

  it('says of several consumers that it waits for all of them', () => {
    const view = { claim: claim({ storageClassName: 'x' }), volumes: [], defaultClass: undefined };
    const plan = planClaim({
      ...view,
      classNamed: (name) => storageClass(name, delayed),
      unscheduledPods: ['p', 'q'],
    });
    expect(plan).to.deep.include({
      said: {
        type: 'Normal',
        reason: 'WaitForPodScheduled',
        message: 'waiting for pods p,q to be scheduled',
      },
    });
  });

  it('never takes less than it asks for, nor what is somebody’s, nor more than it must', () => {
    const size = fc.integer({ min: 1, max: 6 });
    const arbitrary = fc.array(
      fc.record({ size, theirs: fc.boolean(), mode: fc.constantFrom('ReadWriteOnce', 'ReadWriteMany') }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(arbitrary, size, (samples, wanted) => {
        const volumes = samples.map((each, turn) =>
          volume(`v${turn}`, {
            capacity: { storage: `${each.size}Gi` },
            accessModes: [each.mode],
            ...(each.theirs && theirs),
          }),
        );
        const asking = claim({}, {}, `${wanted}Gi`);
        const fitting = volumes.filter(
          (each) => !each.spec?.claimRef && volumeMismatch(each, asking) === undefined,
        );
        const found = volumeFor(asking, volumes);
        expect(found !== undefined).to.equal(fitting.length > 0);
        if (!found) return;
        expect(fitting).to.include(found);
        expect(capacityOf(found).compare(requestOf(asking))).to.be.at.least(0);
        for (const other of fitting) expect(capacityOf(found).compare(capacityOf(other))).to.be.at.most(0);
      }),
    );
  });
});

describe('a volume', () => {
  const bound = claim({ volumeName: 'v' });
  const provisioned = { annotations: { 'pv.kubernetes.io/provisioned-by': 'a.b/c' } };
  const byUs = { annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' } };
  const policy = (persistentVolumeReclaimPolicy: string) => ({ ...mine, persistentVolumeReclaimPolicy });
  const cases: [what: string, volume: Volume, claim: Claim | undefined, plan: object | undefined][] = [
    ['of nobody', volume('v'), undefined, { phase: 'Available' }],
    [
      'reserved for a name',
      volume('v', { claimRef: { namespace: 'ns', name: 'c' } }),
      bound,
      { phase: 'Available' },
    ],
    ['of its claim', volume('v', mine), bound, { phase: 'Bound' }],
    ['half bound', volume('v', mine), claim(), undefined],
    ['whose claim is gone', volume('v', policy('Retain')), undefined, { phase: 'Released' }],
    [
      'whose claim has a namesake',
      volume('v', policy('Retain')),
      claim({}, { uid: 'other' }),
      { phase: 'Released' },
    ],
    [
      'that its provisioner deletes',
      volume('v', policy('Delete'), provisioned),
      undefined,
      { phase: 'Released' },
    ],
    [
      'whose claim took another',
      volume('v', mine, byUs),
      claim({ volumeName: 'w' }),
      { phase: 'Available', unbind: 'whole' },
    ],
    [
      'reserved, whose claim took another',
      volume('v', mine),
      claim({ volumeName: 'w' }),
      { phase: 'Available', unbind: 'uid' },
    ],
    [
      'made for a claim that took another',
      volume('v', policy('Delete'), provisioned),
      claim({ volumeName: 'w' }),
      { phase: 'Released' },
    ],
  ];
  for (const [what, sample, itsClaim, plan] of cases)
    it(what, () => expect(planVolume(sample, itsClaim)).to.deep.equal(plan));

  for (const [kind, reason] of [
    ['Delete', 'VolumeFailedDelete'],
    ['Recycle', 'VolumeFailedRecycle'],
  ] as const)
    it(`that nobody can ${kind} has failed`, () =>
      expect(planVolume(volume('v', policy(kind)), undefined))
        .to.deep.include({ phase: 'Failed' })
        .and.nested.include({ 'said.reason': reason }));
});

describe('a volume of the class local', () => {
  const local = storageClass('local', { provisioner: 'kelp.dev/local', ...delayed });
  const node: Live<Node> = {
    metadata: meta('pi-1', {
      labels: { 'kubernetes.io/hostname': 'host-1' },
      annotations: { 'kelp.dev/volumes-folder': '/data/volumes/' },
    }),
  };

  it('is a folder of the node', () => {
    expect(planLocalVolume(claim(), local, node)).to.deep.nested.include({
      'metadata.name': 'pvc-uid-c',
      'metadata.annotations': {
        'pv.kubernetes.io/provisioned-by': 'kelp.dev/local',
        'kelp.dev/node': 'pi-1',
      },
      'spec.local.path': '/data/volumes/pvc-uid-c',
      'spec.claimRef.uid': 'uid-c',
      'spec.persistentVolumeReclaimPolicy': 'Delete',
    });
  });

  const faults: [
    PersistentVolumeClaim['spec'],
    Partial<Omit<StorageClass, 'metadata'>>,
    Live<Node> | undefined,
    RegExp,
  ][] = [
    [{ accessModes: ['ReadWriteOnce', 'ReadOnlyMany'] }, {}, node, /^accessModes: ReadOnlyMany: /],
    [{ volumeMode: 'Block' }, {}, node, /^volumeMode: Block: /],
    [{ selector: {} }, {}, node, /^claim Selector is not supported$/],
    [{}, { mountOptions: ['ro'] }, node, /^mountOptions: /],
    [{}, { volumeBindingMode: 'Immediate' }, node, /WaitForFirstConsumer$/],
    [{}, {}, { metadata: meta('pi-2') }, /^node pi-2 has said of no folder/],
    [{}, {}, undefined, /^the node that was selected is not there$/],
  ];
  for (const [spec, more, its, fault] of faults)
    it(`cannot be: ${fault.source}`, () => {
      const plan = planLocalVolume(claim(spec), { ...local, ...more }, its);
      expect('fault' in plan && plan.fault).to.match(fault);
    });

  const finalizers = ['kelp.dev/local-volume'];
  const doomed = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers };
  const of = (persistentVolumeReclaimPolicy: string, phase: string, more: ObjectMeta = {}): Volume => ({
    ...volume('v', { persistentVolumeReclaimPolicy }, more),
    status: { phase },
  });
  const ends: [string, Volume, boolean, string | undefined][] = [
    ['stays while it is bound', of('Delete', 'Bound'), true, undefined],
    ['goes when it is released', of('Delete', 'Released'), true, 'delete'],
    ['stays when it is to be retained', of('Retain', 'Released'), true, undefined],
    ['waits for its node', of('Delete', 'Released', doomed), true, undefined],
    ['does not wait for a node that is gone', of('Delete', 'Released', doomed), false, 'release'],
    ['is forgotten with its folder kept', of('Retain', 'Released', doomed), true, 'release'],
    ['has nothing more to do', of('Delete', 'Released', { ...doomed, finalizers: [] }), true, undefined],
  ];
  for (const [what, sample, isThere, step] of ends)
    it(what, () => expect(planLocalVolumeEnd(sample, isThere)).to.equal(step));
});
