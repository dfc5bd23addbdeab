// What is said of nodes by how they do.

import { expect } from 'chai';
import {
  disruptionOf,
  plannedTaints,
  sameTaints,
  silentConditions,
} from '../../../hub/controllers/nodes/plan-node-health.ts';
import type { Node, Taint } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { now, secondsAgo } from './sample-sets.ts';

interface SampleNode {
  ready?: string;
  pressures?: string[];
  taints?: Taint[];
  unschedulable?: boolean;
}

function node({ ready, pressures = [], taints, unschedulable }: SampleNode): Live<Node> {
  const conditions = pressures.map((type) => ({ type, status: 'True' }));
  if (ready) conditions.push({ type: 'Ready', status: ready });
  return {
    metadata: { name: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: secondsAgo(100) },
    spec: { ...(taints && { taints }), ...(unschedulable && { unschedulable }) },
    status: { conditions },
  };
}

const shown = (taints: readonly Taint[]) =>
  taints.map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`);

describe('the disruption of a cluster', () => {
  const cases: [readies: string, expected: string][] = [
    ['', 'none'],
    ['T', 'none'],
    ['U', 'full'],
    ['TU', 'none'],
    ['UUF', 'full'],
    ['TUU', 'none'],
    ['TUUU', 'partial'],
    ['TTTUUU', 'none'],
    ['TTUUU', 'partial'],
  ];
  for (const [readies, expected] of cases) {
    it(`of ${readies || 'no nodes'} is ${expected}`, () => {
      const words: Record<string, string> = { T: 'True', F: 'False', U: 'Unknown' };
      const nodes = [...readies].map((letter) => node({ ready: words[letter] ?? '' }));
      expect(disruptionOf(nodes)).to.equal(expected);
    });
  }
});

describe('the taints of a node', () => {
  const evicting = { mayEvict: true, mustKeepPods: false, now };
  const gone: Taint = {
    key: 'node.kubernetes.io/unreachable',
    effect: 'NoExecute',
    timeAdded: secondsAgo(50),
  };
  const cases: [when: string, SampleNode, Partial<typeof evicting>, string[]][] = [
    ['well', { ready: 'True' }, {}, []],
    ['silent', { ready: 'Unknown' }, {}, ['unreachable:NoSchedule', 'unreachable:NoExecute']],
    ['not ready', { ready: 'False' }, {}, ['not-ready:NoSchedule', 'not-ready:NoExecute']],
    ['new', {}, { mayEvict: false }, ['not-ready:NoSchedule']],
    ['silent, not its turn', { ready: 'Unknown' }, { mayEvict: false }, ['unreachable:NoSchedule']],
    [
      'given up before',
      { ready: 'Unknown', taints: [gone] },
      { mayEvict: false },
      ['unreachable:NoSchedule', 'unreachable:NoExecute'],
    ],
    [
      'silent like all',
      { ready: 'Unknown', taints: [gone] },
      { mustKeepPods: true },
      ['unreachable:NoSchedule'],
    ],
    ['back', { ready: 'True', taints: [gone] }, {}, []],
    [
      'under pressure',
      { ready: 'True', pressures: ['MemoryPressure', 'DiskPressure'] },
      {},
      ['memory-pressure:NoSchedule', 'disk-pressure:NoSchedule'],
    ],
    ['worn', { ready: 'True', pressures: ['FlashWear'] }, {}, ['kelp.dev/flash-wear:PreferNoSchedule']],
    [
      'no longer worn, its flash was replaced',
      { ready: 'True', taints: [{ key: 'kelp.dev/flash-wear', effect: 'PreferNoSchedule' }] },
      {},
      [],
    ],
    [
      'avoided by a person',
      { ready: 'True', taints: [{ key: 'node.kubernetes.io/memory-pressure', effect: 'PreferNoSchedule' }] },
      {},
      ['memory-pressure:PreferNoSchedule'],
    ],
    ['cordoned', { ready: 'True', unschedulable: true }, {}, ['unschedulable:NoSchedule']],
    ['a person’s', { ready: 'True', taints: [{ key: 'k', effect: 'NoExecute' }] }, {}, ['k:NoExecute']],
  ];
  for (const [when, sample, options, expected] of cases) {
    it(`that is ${when}`, () => {
      expect(shown(plannedTaints(node(sample), { ...evicting, ...options }))).to.eql(expected);
    });
  }

  it('keep the time at which they were added', () => {
    const taints = plannedTaints(node({ ready: 'Unknown', taints: [gone] }), evicting);
    expect(taints.find(({ effect }) => effect === 'NoExecute')?.timeAdded).to.equal(secondsAgo(50));
    expect(taints.find(({ effect }) => effect === 'NoSchedule')?.timeAdded).to.equal(secondsAgo(0));
    expect(sameTaints(taints, [...taints].reverse())).to.equal(true);
  });
});

describe('the conditions of a silent node', () => {
  it('are unknown, those that it never had included', () => {
    const conditions = silentConditions(
      [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
      secondsAgo(100),
      now,
    );
    expect(conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`)).to.eql([
      'Ready Unknown NodeStatusUnknown',
      'MemoryPressure Unknown NodeStatusNeverUpdated',
      'DiskPressure Unknown NodeStatusNeverUpdated',
      'PIDPressure Unknown NodeStatusNeverUpdated',
    ]);
    expect(silentConditions(conditions, secondsAgo(100), now + 5000)).to.eql(conditions);
  });

  it('leave alone what others say of it', () => {
    const connected = { type: 'Connected', status: 'False', reason: 'Lost' };
    expect(silentConditions([connected], secondsAgo(100), now)[0]).to.equal(connected);
  });
});
