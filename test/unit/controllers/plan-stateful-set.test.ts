// What a StatefulSet does next, case by case.

import { expect } from 'chai';
import { claimOwners, isStaleClaim } from '../../../hub/controllers/workloads/plan-stateful-pod.ts';
import {
  planStatefulSet,
  type StatefulWorld,
  statefulSetStatus,
} from '../../../hub/controllers/workloads/plan-stateful-set.ts';
import {
  type PersistentVolumeClaim,
  type Pod,
  pods as podRow,
  type StatefulSet,
  statefulsets,
} from '../../../shared/api/index.ts';
import { type Live, newControllerRef, type OwnerReference } from '../../../shared/machinery/index.ts';
import { now, samplePod, sampleTemplate, secondsAgo } from './sample-sets.ts';

const meta = (name: string) => ({
  name,
  namespace: 'default',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: secondsAgo(100),
  generation: 1,
});

function setWith(spec: Partial<NonNullable<StatefulSet['spec']>> = {}): Live<StatefulSet> {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: meta('s'),
    spec: {
      serviceName: 'svc',
      replicas: 3,
      selector: { matchLabels: { app: 'd' } },
      template: sampleTemplate('1'),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      ...spec,
    },
  };
}

/** `s-0`; `old` is of the revision before. */
function pod(ordinal: number, state: 'ready' | 'starting' | 'Failed' = 'ready', revision = 'new'): Live<Pod> {
  const name = `s-${ordinal}`;
  const labels = {
    'controller-revision-hash': revision,
    'statefulset.kubernetes.io/pod-name': name,
  };
  return samplePod(name, {
    labels,
    ...(state === 'ready' && { readyFor: 60 }),
    ...(state === 'Failed' && { phase: 'Failed' }),
  });
}

function world(pods: Live<Pod>[], set = setWith(), leaving: number[] = []): StatefulWorld {
  const isLeaving = ({ metadata }: Live<Pod>) => leaving.some((ordinal) => metadata.name === `s-${ordinal}`);
  return { set, pods, current: 'old', update: 'new', isLeaving, now };
}

/** `create 0`, `remove 1` … */
function plan(pods: Live<Pod>[], set = setWith(), leaving: number[] = []): string[] {
  return planStatefulSet(world(pods, set, leaving)).map((step) =>
    step.do === 'create'
      ? `create ${step.ordinal} ${step.revision}`
      : `${step.do} ${step.pod.metadata.name.slice(2)}`,
  );
}

describe('the plan of a StatefulSet', () => {
  const parallel = (spec: object = {}) => setWith({ podManagementPolicy: 'Parallel', ...spec });
  const onDelete = setWith({ updateStrategy: { type: 'OnDelete' } });
  const partition = (number: number) =>
    setWith({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: number } } });
  const cases: [string, string[], string[]][] = [
    ['begins with the first', plan([]), ['create 0 update']],
    ['waits until it is ready', plan([pod(0, 'starting')]), []],
    ['goes on with the second', plan([pod(0)]), ['create 1 update']],
    ['fills a gap first', plan([pod(0), pod(2)]), ['create 1 update']],
    ['waits for one that leaves', plan([pod(0), pod(1), pod(2)], setWith(), [0]), []],
    ['replaces one that ended', plan([pod(0), pod(1, 'Failed'), pod(2)]), ['replace 1']],
    ['does so once', plan([pod(0), pod(1, 'Failed'), pod(2)], setWith(), [1]), []],
    ['takes the highest first', plan([pod(0), pod(1), pod(2)], setWith({ replicas: 1 })), ['remove 2']],
    ['waits until it has gone', plan([pod(0), pod(1), pod(2)], setWith({ replicas: 1 }), [2]), []],
    ['waits with it for those that stay', plan([pod(0, 'starting'), pod(1)], setWith({ replicas: 1 })), []],
    [
      'takes a sick one that is too many',
      plan([pod(0), pod(1, 'starting')], setWith({ replicas: 1 })),
      ['remove 1'],
    ],
    [
      'counts from its first number',
      plan([pod(5)], setWith({ ordinals: { start: 5 } })),
      ['create 6 update'],
    ],
    [
      'moves with its first number',
      plan([pod(0), pod(1)], setWith({ replicas: 2, ordinals: { start: 1 } })),
      ['create 2 update'],
    ],
    ['ignores what has no number', plan([samplePod('x')], setWith({ replicas: 0 })), []],
    ['Parallel creates all', plan([pod(1, 'starting')], parallel()), ['create 0 update', 'create 2 update']],
    [
      'Parallel removes all',
      plan([pod(0), pod(1), pod(2)], parallel({ replicas: 0 })),
      ['remove 2', 'remove 1', 'remove 0'],
    ],
    [
      'rolls out from the highest',
      plan([pod(0, 'ready', 'old'), pod(1, 'ready', 'old'), pod(2, 'ready', 'old')]),
      ['remove 2'],
    ],
    ['then the next', plan([pod(0, 'ready', 'old'), pod(1, 'ready', 'old'), pod(2)]), ['remove 1']],
    [
      'stops at the partition',
      plan([pod(0, 'ready', 'old'), pod(1, 'ready', 'old'), pod(2)], partition(2)),
      [],
    ],
    ['keeps below it what was', plan([pod(1, 'ready', 'old'), pod(2)], partition(2)), ['create 0 current']],
    ['OnDelete rolls nothing out', plan([pod(0, 'ready', 'old'), pod(1), pod(2)], onDelete), []],
    [
      'Parallel rolls out one at a time',
      plan([pod(0, 'ready', 'old'), pod(1, 'ready', 'old'), pod(2, 'starting')], parallel()),
      [],
    ],
  ];
  for (const [what, found, expected] of cases) it(what, () => expect(found).to.eql(expected));

  it('creates no more than 500 in one turn, however many there are to be', () => {
    const steps = plan([pod(0, 'ready', 'old'), pod(2)], parallel({ replicas: 2 ** 31 - 1 }));
    expect(steps).to.have.length(500);
    expect([steps[0], steps[1], steps[499]]).to.eql([
      'create 1 update',
      'create 3 update',
      'create 501 update',
    ]);
  });

  it('says on a pod which it is', () => {
    const bare = samplePod('s-0', { readyFor: 60, labels: { 'controller-revision-hash': 'new' } });
    expect(plan([bare], setWith({ replicas: 1 }))).to.eql(['label 0']);
  });
});

describe('the status of a StatefulSet', () => {
  const counts = (pods: Live<Pod>[], leaving: number[] = []) =>
    statefulSetStatus(world(pods, setWith({ minReadySeconds: 30 }), leaving), 0);

  it('counts what is of either revision and stays', () => {
    const pods = [pod(0, 'ready', 'old'), pod(1, 'starting'), pod(2)];
    expect(counts(pods, [2])).to.eql({
      observedGeneration: 1,
      replicas: 3,
      readyReplicas: 2,
      currentReplicas: 1,
      updatedReplicas: 1,
      currentRevision: 'old',
      updateRevision: 'new',
      collisionCount: 0,
      availableReplicas: 2,
    });
  });

  it('has ended the rollout when all are new and ready', () => {
    expect(counts([pod(0), pod(1), pod(2)])).to.include({ currentRevision: 'new', currentReplicas: 3 });
    expect(counts([pod(0), pod(1), pod(2, 'starting')])).to.include({ currentRevision: 'old' });
  });
});

describe('who owns the claims of a StatefulSet', () => {
  type Policy = NonNullable<NonNullable<StatefulSet['spec']>['persistentVolumeClaimRetentionPolicy']>;
  const claim = (ownerReferences: OwnerReference[] = []): Live<PersistentVolumeClaim> => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...meta('data-s-2'), ownerReferences },
  });
  const owners = (policy: Policy, replicas: number, known: OwnerReference[] = []) =>
    claimOwners(
      claim(known),
      setWith({ replicas, persistentVolumeClaimRetentionPolicy: policy }),
      pod(2),
    )?.map(({ kind }) => kind);
  const both: Policy = { whenDeleted: 'Delete', whenScaled: 'Delete' };
  const ofSet = newControllerRef(setWith(), statefulsets);
  const ofPod = newControllerRef(pod(2), podRow);

  it('nobody, where they are to stay', () => {
    expect(owners({}, 3)).to.equal(undefined);
    expect(owners({}, 3, [ofSet])).to.eql([]);
  });
  it('the set, where they go with it', () =>
    expect(owners({ whenDeleted: 'Delete' }, 3)).to.eql(['StatefulSet']));
  it('the pod, where they go with a number', () => {
    expect(owners({ whenScaled: 'Delete' }, 3)).to.equal(undefined);
    expect(owners({ whenScaled: 'Delete' }, 2)).to.eql(['Pod']);
    expect(owners(both, 2, [ofSet])).to.eql(['Pod']);
    expect(owners(both, 3, [ofPod])).to.eql(['StatefulSet']);
  });
  it('whoever controls them already', () => {
    expect(owners(both, 3, [{ ...ofSet, uid: 'another' }])).to.equal(undefined);
  });
  it('and one of a pod that has gone is stale', () => {
    expect(isStaleClaim(claim([ofPod]), 's-2')).to.equal(true);
    expect(isStaleClaim(claim([ofPod]), 's-2', ofPod.uid)).to.equal(false);
    expect(isStaleClaim(claim([ofSet]), 's-2')).to.equal(false);
  });
});
