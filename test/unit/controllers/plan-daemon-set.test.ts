// What a DaemonSet does next, case by case.

import { expect } from 'chai';
import {
  type DaemonWorld,
  fitOf,
  planDaemonRollout,
  planDaemons,
} from '../../../hub/controllers/workloads/plan-daemon-set.ts';
import { daemonSetStatus } from '../../../hub/controllers/workloads/plan-daemon-status.ts';
import type { DaemonSet, Node, Pod, Taint } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { now, samplePod, sampleTemplate, secondsAgo } from './sample-sets.ts';

const meta = (name: string) => ({
  name,
  namespace: 'default',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: secondsAgo(100),
  generation: 1,
});

function setWith(spec: Partial<NonNullable<DaemonSet['spec']>> = {}): Live<DaemonSet> {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: meta('d'),
    spec: {
      selector: { matchLabels: { app: 'd' } },
      template: sampleTemplate('1'),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      ...spec,
    },
  };
}

function nodeWith(name: string, taints: Taint[] = [], labels: Record<string, string> = {}): Live<Node> {
  return { apiVersion: 'v1', kind: 'Node', metadata: { ...meta(name), labels }, spec: { taints } };
}

const fresh = (node: string, options: object = {}) =>
  samplePod(`fresh-${node}`, {
    node,
    readyFor: 60,
    labels: { 'controller-revision-hash': 'new' },
    ...options,
  });
const old = (node: string, options: object = {}) =>
  samplePod(`old-${node}`, { node, readyFor: 60, labels: { 'controller-revision-hash': 'old' }, ...options });

function world(pods: Live<Pod>[], options: Partial<DaemonWorld> = {}): DaemonWorld {
  const nodes = ['a', 'b', 'c'].map((name) => nodeWith(name));
  return { set: setWith(), nodes, pods, hash: 'new', isLeaving: () => false, now, ...options };
}

const names = ({ create, remove }: { create: string[]; remove: Live<Pod>[] }) => ({
  create,
  remove: remove.map(({ metadata }) => metadata.name),
});
const surging = setWith({
  updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
});

describe('where the pods of a DaemonSet may be', () => {
  const taint = (key: string, effect: string): Taint => ({ key, effect });
  const yes = { shouldRun: true, mayStay: true };
  const stays = { shouldRun: false, mayStay: true };
  const no = { shouldRun: false, mayStay: false };
  const cases: [string, Live<Node>, Partial<NonNullable<Pod['spec']>>, object][] = [
    ['any node', nodeWith('a'), {}, yes],
    ['a cordoned one', nodeWith('a', [taint('node.kubernetes.io/unschedulable', 'NoSchedule')]), {}, yes],
    ['a silent one', nodeWith('a', [taint('node.kubernetes.io/unreachable', 'NoExecute')]), {}, yes],
    ['one tainted NoSchedule', nodeWith('a', [taint('k', 'NoSchedule')]), {}, stays],
    ['one tainted PreferNoSchedule', nodeWith('a', [taint('k', 'PreferNoSchedule')]), {}, yes],
    ['one tainted NoExecute', nodeWith('a', [taint('k', 'NoExecute')]), {}, no],
    [
      'one whose taint it tolerates',
      nodeWith('a', [taint('k', 'NoExecute')]),
      { tolerations: [{ operator: 'Exists' }] },
      yes,
    ],
    ['one without the label', nodeWith('a'), { nodeSelector: { x: 'y' } }, no],
    ['one with the label', nodeWith('a', [], { x: 'y' }), { nodeSelector: { x: 'y' } }, yes],
    ['another than it names', nodeWith('a'), { nodeName: 'b' }, no],
    [
      'one without network',
      nodeWith('a', [taint('node.kubernetes.io/network-unavailable', 'NoSchedule')]),
      {},
      stays,
    ],
    [
      'one without network, on its own',
      nodeWith('a', [taint('node.kubernetes.io/network-unavailable', 'NoSchedule')]),
      { hostNetwork: true },
      yes,
    ],
  ];
  for (const [what, node, spec, expected] of cases) {
    it(what, () => {
      const template = sampleTemplate('1');
      const set = setWith({ template: { ...template, spec: { ...template.spec, ...spec } } });
      expect(fitOf(set, node)).to.eql(expected);
    });
  }
});

describe('the plan of a DaemonSet', () => {
  it('has one pod for each node', () => {
    const plan = planDaemons(
      world([fresh('a'), fresh('b', { created: 5 }), { ...fresh('b'), metadata: meta('first') }]),
    );
    expect(names(plan)).to.eql({ create: ['c'], remove: ['fresh-b'] });
  });

  it('waits for a pod that leaves', () => {
    const pods = [old('a'), old('b'), old('c')];
    const plan = planDaemons(world(pods, { isLeaving: (pod) => pod === pods[0] }));
    expect(names(plan)).to.eql({ create: [], remove: [] });
  });

  it('tells those that ended from those that are too many', () => {
    const plan = planDaemons(
      world([fresh('a', { phase: 'Failed' }), fresh('b'), fresh('c', { phase: 'Succeeded' })]),
    );
    expect(plan.ended.map(({ node }) => node)).to.eql(['a', 'c']);
    expect(names(plan)).to.eql({ create: [], remove: [] });
  });

  it('lets a pod go that waits for a node that has gone', () => {
    const waiting = samplePod('waits');
    const byName = { key: 'metadata.name', operator: 'In', values: ['gone'] };
    const required = { nodeSelectorTerms: [{ matchFields: [byName] }] };
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
    const pod = { ...waiting, spec: { containers: [], affinity } };
    expect(names(planDaemons(world([pod, fresh('a'), fresh('b'), fresh('c')])))).to.eql({
      create: [],
      remove: ['waits'],
    });
  });
});

describe('the rollout of a DaemonSet', () => {
  const roll = (pods: Live<Pod>[], options: Partial<DaemonWorld> = {}) =>
    names(planDaemonRollout(world(pods, options)));

  it('takes one available pod at a time', () => {
    expect(roll([old('a'), old('b'), old('c')])).to.eql({ create: [], remove: ['old-a'] });
  });

  it('waits while a new one is not available', () => {
    expect(roll([fresh('a', { readyFor: undefined }), old('b'), old('c')])).to.eql({
      create: [],
      remove: [],
    });
  });

  it('takes at once what serves nobody', () => {
    const pods = [old('a', { readyFor: undefined }), old('b', { readyFor: undefined }), old('c')];
    expect(roll(pods).remove).to.include.members(['old-a', 'old-b']);
  });

  it('counts a percentage up', () => {
    const rollingUpdate = { maxUnavailable: '34%' };
    const set = setWith({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } });
    expect(roll([old('a'), old('b'), old('c')], { set }).remove).to.eql(['old-a', 'old-b']);
  });

  it('puts as many new ones beside the old as maxSurge says', () => {
    expect(roll([old('a'), old('b'), old('c')], { set: surging })).to.eql({ create: ['a'], remove: [] });
    const starting = [old('a'), fresh('a', { readyFor: undefined }), old('b'), old('c')];
    expect(roll(starting, { set: surging })).to.eql({ create: [], remove: [] });
    expect(roll([old('a'), fresh('a'), old('b'), old('c')], { set: surging }).remove).to.eql(['old-a']);
  });
});

describe('the status of a DaemonSet', () => {
  it('counts nodes, not pods', () => {
    const nodes = [nodeWith('a'), nodeWith('b'), nodeWith('c', [{ key: 'k', effect: 'NoSchedule' }])];
    const pods = [old('a'), fresh('b', { readyFor: 5 }), fresh('c')];
    expect(daemonSetStatus(world(pods, { nodes, set: setWith({ minReadySeconds: 10 }) }), 0)).to.eql({
      currentNumberScheduled: 2,
      numberMisscheduled: 1,
      desiredNumberScheduled: 2,
      numberReady: 2,
      observedGeneration: 1,
      updatedNumberScheduled: 1,
      numberAvailable: 1,
      numberUnavailable: 1,
    });
  });
});
