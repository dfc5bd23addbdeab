// Who makes room for a critical pod at the node.

import { expect } from 'chai';
import { shortagesOf } from '../../../edge-agent/kubelet/admit-pod.ts';
import { planPreemption } from '../../../edge-agent/kubelet/plan-preemption.ts';
import type { Pod } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { podOf } from '../../support/memory-desired-state.ts';
import { container } from '../../support/observed-pod.ts';

type Asked = Partial<Record<'cpu' | 'memory', string>>;
interface More {
  priority?: number;
  /** What it asks for is all that it gets. */
  guaranteed?: true;
}

const critical = 2_000_000_000;
const pod = (name: string, requests: Asked, { priority = 0, guaranteed }: More = {}) => {
  const resources = { requests, ...(guaranteed && { limits: requests }) };
  return podOf({ containers: [container('c', { resources })], priority }, { name });
};
const node = { cpuMillis: 2000, memoryBytes: 1024 ** 3, pods: 4 };

/** Names of who has to go, or why it does not help. */
function goFor(newcomer: Live<Pod>, others: Live<Pod>[]): string[] | string {
  const plan = planPreemption(newcomer, others, shortagesOf(newcomer, others, node));
  return 'rejection' in plan
    ? `${plan.rejection.reason} ${plan.rejection.message}`
    : plan.pods.map(({ metadata }) => metadata.name ?? '');
}

describe('preemption at the node', () => {
  const newcomer = (requests: Asked) => pod('new', requests, { priority: critical });
  const cases: [string, Live<Pod>, Live<Pod>[], string[]][] = [
    [
      'takes the one that is enough',
      newcomer({ cpu: '1' }),
      [pod('small', { cpu: '400m' }), pod('large', { cpu: '1' }), pod('small-too', { cpu: '400m' })],
      ['large'],
    ],
    [
      'takes of those that are enough the one that asks for least',
      newcomer({ cpu: '500m' }),
      [pod('large', { cpu: '1' }), pod('enough', { cpu: '900m', memory: '1Mi' })],
      ['large'],
    ],
    [
      'takes as few as it can',
      newcomer({ cpu: '1500m' }),
      [pod('a', { cpu: '500m' }), pod('b', { cpu: '700m' }), pod('c', { cpu: '800m' })],
      ['c', 'b'],
    ],
    [
      'spares what gets all that it asks for',
      newcomer({ cpu: '1' }),
      [
        pod('sure', { cpu: '1', memory: '1Mi' }, { guaranteed: true }),
        pod('a', { cpu: '500m' }),
        pod('b', { cpu: '500m' }),
      ],
      ['a', 'b'],
    ],
    [
      'weighs each need the same',
      newcomer({ cpu: '1', memory: '1Gi' }),
      [
        pod('memory', { memory: '900Mi' }),
        pod('both', { cpu: '1500m', memory: '100Mi' }),
        pod('neither', { cpu: '100m' }),
      ],
      ['both', 'memory'],
    ],
    [
      'takes one that asks for nothing where there are too many',
      newcomer({}),
      [pod('a', { cpu: '1' }), pod('b', {}), pod('c', { cpu: '1' }), pod('d', { memory: '1Mi' })],
      ['b'],
    ],
    [
      'takes a critical one only for one that is above it',
      pod('new', { cpu: '1' }, { priority: critical + 1000 }),
      [pod('critical', { cpu: '2' }, { priority: critical })],
      ['critical'],
    ],
  ];
  for (const [what, wanted, others, gone] of cases)
    it(what, () => expect(goFor(wanted, others)).to.deep.equal(gone));

  it('takes nobody where that would not be enough', () => {
    const others = [pod('critical', { cpu: '1500m' }, { priority: critical }), pod('a', { cpu: '300m' })];
    expect(goFor(newcomer({ cpu: '1' }), others)).to.equal(
      'UnexpectedAdmissionError Pod was rejected: Unexpected error while attempting to recover from admission failure: ' +
        'preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: ' +
        '[(res: cpu, q: 500), ]',
    );
  });
});
