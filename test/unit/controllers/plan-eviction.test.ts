// When a pod has to leave a tainted node.

import { expect } from 'chai';
import { isPinned, planEviction } from '../../../hub/controllers/nodes/plan-eviction.ts';
import type { Pod, Taint, Toleration } from '../../../shared/api/index.ts';

const start = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number) => `${new Date(start + seconds * 1000).toISOString().slice(0, 19)}Z`;
const person: Taint = { key: 'k', value: 'v', effect: 'NoExecute', timeAdded: at(100) };
const unreachable: Taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: at(100) };

function pod(tolerations: Toleration[], fields: Partial<Pod> = {}): Pod {
  return { metadata: { name: 'p' }, spec: { containers: [], tolerations }, ...fields };
}

const bears = (key: string, tolerationSeconds?: number): Toleration => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  ...(tolerationSeconds !== undefined && { tolerationSeconds }),
});

describe('an eviction', () => {
  const cases: [when: string, pod: Pod, taints: Taint[], since: number, expected: number | 'never'][] = [
    ['never without taints', pod([]), [], 0, 'never'],
    ['never for a taint that only keeps pods off', pod([]), [{ key: 'k', effect: 'NoSchedule' }], 0, 'never'],
    ['at once where the taint is not borne', pod([]), [person], 7, start + 7000],
    ['never where it is borne for ever', pod([bears('k')]), [person], 0, 'never'],
    ['after the time from the taint on', pod([bears('k', 5)]), [person], 0, start + 105_000],
    [
      'after the time from the start of the hub on, if that was later',
      pod([bears('k', 5)]),
      [person],
      200,
      start + 205_000,
    ],
    ['after the shortest of the times', pod([bears('k', 50), bears('k', 5)]), [person], 0, start + 105_000],
    ['at once for a time below zero', pod([bears('k', -9)]), [person], 0, start + 100_000],
    [
      'for the first of two taints',
      pod([bears('k', 50), bears(unreachable.key, 5)]),
      [person, unreachable],
      0,
      start + 105_000,
    ],
    ['at once where one of two is not borne', pod([bears('k', 50)]), [person, unreachable], 7, start + 7000],
  ];
  for (const [when, given, taints, since, expected] of cases) {
    it(`happens ${when}`, () => {
      expect(planEviction(given, taints, start + since * 1000)).to.eql({ when: expected });
    });
  }

  it('never happens to a pinned pod because its node is silent, but does when a person says so', () => {
    const pinned = pod([], { metadata: { name: 'p', annotations: { 'kelp.dev/pinned': 'true' } } });
    expect(planEviction(pinned, [unreachable], start)).to.eql({ when: 'never' });
    expect(planEviction(pinned, [unreachable, person], start)).to.eql({ when: start });
  });

  it('finds pods pinned that are a DaemonSet’s, or were made for a node', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'ds', uid: 'u', controller: true };
    const annotations = { 'kelp.dev/pinned': 'true' };
    expect(isPinned(pod([]))).to.equal(false);
    expect(isPinned(pod([], { metadata: { name: 'p', ownerReferences: [owner] } }))).to.equal(true);
    expect(isPinned(pod([], { metadata: { name: 'p', annotations } }))).to.equal(true);
  });
});
