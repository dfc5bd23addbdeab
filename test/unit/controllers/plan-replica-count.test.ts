// How many replicas what is measured asks for: the cases of upstream's replica_calculator_test.go.

import { expect } from 'chai';
import {
  type Measured,
  type Proposal,
  replicasForAverage,
  replicasForShare,
  replicasForUtilization,
  replicasForValue,
} from '../../../hub/controllers/autoscaling/plan-replica-count.ts';
import type { Pod } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { now, secondsAgo } from './sample-sets.ts';

/** How a pod is; `cold`: it runs and is ready for long. */
type Mood = 'cold' | 'hot' | 'unready' | 'lost its readiness' | 'pending' | 'failed' | 'leaving';

const windowMs = 60_000;

function podOf(index: number, mood: Mood, requests: Record<string, string>): Live<Pod> {
  const phase = mood === 'pending' ? 'Pending' : mood === 'failed' ? 'Failed' : 'Running';
  const started = mood === 'hot' ? 20 : 3600;
  // One that was never ready said so in its first moments.
  const ready = {
    ...{ cold: ['True', 3000], hot: ['True', 10], unready: ['False', 3595] },
    ...{ 'lost its readiness': ['False', 60], pending: ['False', 3595] },
    ...{ failed: ['False', 60], leaving: ['True', 3000] },
  }[mood] as [string, number];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `p${index}`,
      namespace: 'default',
      uid: `u${index}`,
      resourceVersion: '1',
      creationTimestamp: secondsAgo(started),
      ...(mood === 'leaving' && { deletionTimestamp: secondsAgo(1) }),
    },
    spec: {
      containers: [
        { name: 'c', image: 'i', ...(Object.keys(requests).length > 0 && { resources: { requests } }) },
      ],
    },
    status: {
      phase,
      startTime: secondsAgo(started),
      conditions: [{ type: 'Ready', status: ready[0], lastTransitionTime: secondsAgo(ready[1]) }],
    },
  };
}

interface Case {
  about: string;
  /** Replicas, before and after. */
  from: number;
  to: number;
  target: number;
  /** What each pod uses, thousandths; undefined: nothing is known of it. */
  levels: (number | undefined)[];
  moods?: Mood[];
  /** Cores that each requests; default 1. */
  requests?: string[];
  /** What is told of it. */
  utilization?: number;
  average?: number;
}

function measuredOf({ from, levels, moods = [], requests = [] }: Case, resource = 'cpu'): Measured {
  const count = Math.max(levels.length, moods.length);
  const pods = Array.from({ length: count }, (_, index) =>
    podOf(index, moods[index] ?? 'cold', { [resource]: requests[index] ?? '1' }),
  );
  const usage = new Map(
    levels.flatMap((amount, index) =>
      amount === undefined ? [] : [[`p${index}`, { amount, at: now - 15_000, windowMs }] as const],
    ),
  );
  return { pods, usage, resource, currentReplicas: from, now };
}

const byUtilization: Case[] = [
  { about: 'scales up', from: 3, to: 5, target: 30, levels: [300, 500, 700], utilization: 50 },
  {
    about: 'scales up less with pods that are not ready yet',
    ...{ from: 3, to: 4, target: 30, levels: [300, 500, 700], moods: ['unready', 'cold', 'cold'] },
    utilization: 60,
  },
  {
    about: 'scales up less with pods that are starting',
    ...{ from: 3, to: 4, target: 30, levels: [300, 500, 700], moods: ['hot', 'cold', 'cold'] },
    utilization: 60,
  },
  {
    about: 'does not scale up where most are not ready yet',
    ...{ from: 3, to: 3, target: 30, levels: [400, 500, 700], moods: ['cold', 'unready', 'unready'] },
    utilization: 40,
  },
  {
    about: 'does not scale up where most are starting',
    ...{ from: 3, to: 3, target: 30, levels: [400, 500, 700], moods: ['cold', 'hot', 'hot'] },
    utilization: 40,
  },
  {
    about: 'takes pods that wait for their node for unready ones',
    ...{
      from: 3,
      to: 3,
      target: 30,
      levels: [400, undefined, undefined],
      moods: ['cold', 'pending', 'pending'],
    },
    utilization: 40,
  },
  {
    about: 'scales up past failed pods',
    ...{
      from: 2,
      to: 4,
      target: 30,
      levels: [500, 700, 300, 300],
      moods: ['cold', 'cold', 'failed', 'failed'],
    },
    utilization: 60,
  },
  {
    about: 'scales up past pods that are being deleted',
    ...{
      from: 2,
      to: 4,
      target: 30,
      levels: [500, 700, 300, 300],
      moods: ['cold', 'cold', 'leaving', 'leaving'],
    },
    utilization: 60,
  },
  { about: 'scales down', from: 5, to: 3, target: 50, levels: [100, 300, 500, 250, 250], utilization: 28 },
  {
    about: 'scales down without asking those that are not ready yet',
    ...{ from: 5, to: 2, target: 50, levels: [100, 300, 500, 250, 250] },
    moods: ['cold', 'cold', 'cold', 'unready', 'unready'],
    utilization: 30,
  },
  {
    about: 'scales down without asking those that are starting',
    ...{ from: 5, to: 2, target: 50, levels: [100, 300, 500, 250, 250] },
    moods: ['cold', 'cold', 'cold', 'hot', 'hot'],
    utilization: 30,
  },
  {
    about: 'counts one that was ready before',
    ...{ from: 3, to: 5, target: 30, levels: [300, 500, 700], moods: ['lost its readiness', 'cold', 'cold'] },
    utilization: 50,
  },
  {
    about: 'tolerates a tenth',
    ...{ from: 3, to: 3, target: 100, levels: [1010, 1030, 1020], requests: ['0.9', '1.0', '1.1'] },
    utilization: 102,
  },
  {
    about: 'scales up by as much as it takes',
    ...{ from: 4, to: 24, target: 100, levels: [4000, 9500, 3000, 7000] },
    utilization: 587,
  },
  {
    about: 'takes pods without metrics to use all when it would scale down',
    ...{ from: 4, to: 3, target: 100, levels: [400, 95, undefined, undefined] },
    utilization: 24,
  },
  {
    about: 'changes nothing for pods without metrics where the others are on target',
    ...{ from: 2, to: 2, target: 100, levels: [1000, undefined] },
    utilization: 100,
  },
  {
    about: 'takes them to use nothing when it would scale up',
    ...{ from: 2, to: 2, target: 100, levels: [1900, undefined] },
    utilization: 190,
  },
  {
    about: 'does not scale down for what it knows half of',
    ...{ from: 2, to: 2, target: 100, levels: [600, undefined] },
    utilization: 60,
  },
  {
    about: 'does not turn round for what it does not know',
    ...{ from: 3, to: 3, target: 50, levels: [100, 450, undefined], moods: ['unready', 'cold', 'cold'] },
    utilization: 45,
  },
  {
    about: 'scales up with unready ones and such without metrics at nothing',
    ...{ from: 3, to: 4, target: 50, levels: [100, 2000, undefined], moods: ['unready', 'cold', 'cold'] },
    utilization: 200,
  },
  {
    about: 'scales down with those without metrics at all of their request',
    ...{ from: 4, to: 3, target: 50, levels: [100, 100, 100, undefined] },
    moods: ['unready', 'cold', 'cold', 'cold'],
    utilization: 10,
  },
  {
    about: 'asks for none where nothing is used',
    ...{ from: 3, to: 0, target: 50, levels: [0, 0, 0] },
    utilization: 0,
  },
];

const byAverage: Case[] = [
  { about: 'scales up', from: 3, to: 4, target: 15_000, levels: [20_000, 10_000, 30_000], average: 20_000 },
  { about: 'scales down', from: 5, to: 3, target: 20_000, levels: [12_000, 12_000, 12_000, 12_000, 12_000] },
  {
    about: 'tolerates a tenth',
    ...{ from: 3, to: 3, target: 20_000, levels: [20_000, 21_000, 21_000] },
    average: 20_666,
  },
  {
    about: 'takes pods without metrics to be on target when it would scale down',
    ...{ from: 3, to: 2, target: 20_000, levels: [1_000, undefined, 19_000] },
    average: 10_000,
  },
  {
    about: 'takes them to use nothing when it would scale up',
    ...{ from: 3, to: 4, target: 10_000, levels: [20_000, 20_000, undefined] },
    average: 20_000,
  },
];

describe('the replicas that utilization asks for', () => {
  for (const each of byUtilization)
    it(each.about, () => {
      const { replicas, utilization } = replicasForUtilization(measuredOf(each), each.target);
      expect({ replicas, utilization }).to.eql({ replicas: each.to, utilization: each.utilization });
    });

  it('do not heed how a pod does for other resources than CPU', () => {
    const starting = { about: '', from: 3, to: 5, target: 30, levels: [300, 500, 700] };
    const moods: Mood[] = ['hot', 'unready', 'cold'];
    expect(replicasForUtilization(measuredOf({ ...starting, moods }, 'memory'), 30).replicas).to.equal(5);
  });

  it('go by one container where one is named', () => {
    const measured = measuredOf({ about: '', from: 1, to: 1, target: 50, levels: [500] });
    const [pod] = measured.pods;
    if (!pod?.spec) throw new Error('there is a pod');
    pod.spec.containers.push({ name: 'side', image: 'i', resources: { requests: { cpu: '250m' } } });
    const of = (container?: string): Proposal =>
      replicasForUtilization({ ...measured, ...(container && { container }) }, 50);
    expect(of()).to.eql({ replicas: 1, utilization: 40, average: 500 });
    expect(of('side')).to.eql({ replicas: 4, utilization: 200, average: 500 });
  });

  it('count sidecars, and no containers that only prepare', () => {
    const measured = measuredOf({ about: '', from: 1, to: 1, target: 50, levels: [500] });
    const [pod] = measured.pods;
    if (!pod?.spec) throw new Error('there is a pod');
    const resources = { requests: { cpu: '1' } };
    pod.spec.initContainers = [
      { name: 'prepares', image: 'i' },
      { name: 'sidecar', image: 'i', restartPolicy: 'Always', resources },
    ];
    expect(replicasForUtilization(measured, 50).utilization).to.equal(25);
  });

  it('are not known without requests, or metrics of those pods', () => {
    const some = { about: '', from: 1, to: 1, target: 50, levels: [500] };
    const without = { ...measuredOf(some), pods: [podOf(0, 'cold', {})] };
    expect(() => replicasForUtilization(without, 50)).to.throw(
      'missing request for cpu in container c of Pod p0',
    );
    const others = { ...measuredOf(some), pods: [podOf(7, 'cold', { cpu: '1' })] };
    expect(() => replicasForUtilization(others, 50)).to.throw('no metrics returned matched known pods');
    const starting = measuredOf({ ...some, moods: ['unready'] });
    expect(() => replicasForUtilization(starting, 50)).to.throw(
      'did not receive metrics for targeted pods (pods might be unready)',
    );
  });
});

describe('the replicas that an average asks for', () => {
  for (const each of byAverage)
    it(each.about, () => {
      const { replicas, average } = replicasForAverage(measuredOf(each), each.target);
      expect(replicas).to.equal(each.to);
      if (each.average !== undefined) expect(average).to.equal(each.average);
    });
});

describe('the replicas that something measured once asks for', () => {
  const three = (...moods: Mood[]) => ({
    pods: moods.map((mood, index) => podOf(index, mood, {})),
    currentReplicas: 3,
  });
  it('are by how many are ready', () => {
    expect(replicasForValue(three('cold', 'cold', 'cold'), 20_000, 15_000)).to.equal(4);
    expect(replicasForValue(three('cold', 'unready', 'cold'), 30_000, 15_000)).to.equal(4);
  });
  it('are as many as there are within a tenth', () => {
    expect(replicasForValue(three('cold', 'unready', 'cold'), 16_000, 15_000)).to.equal(3);
    expect(replicasForShare(3, 31_000, 10_000)).to.deep.equal({ replicas: 3, average: 10_334 });
  });
  it('are more than none as soon as there is something', () => {
    expect(replicasForValue({ pods: [], currentReplicas: 0 }, 60_000, 15_000)).to.equal(4);
    expect(replicasForValue({ pods: [], currentReplicas: 0 }, 0, 15_000)).to.equal(0);
    expect(replicasForShare(0, 25_000, 10_000).replicas).to.equal(3);
  });
  it('are by what each is to have of it', () => {
    expect(replicasForShare(4, 80_000, 10_000)).to.deep.equal({ replicas: 8, average: 20_000 });
  });
  it('are not known without pods', () => {
    expect(() => replicasForValue({ pods: [], currentReplicas: 2 }, 20, 1)).to.throw(
      'no pods returned by selector',
    );
  });
});
