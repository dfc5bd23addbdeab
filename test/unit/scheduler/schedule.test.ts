// Decisions of the scheduler: a picture of nodes in, a node or a reason out.

import { expect } from 'chai';
import fc from 'fast-check';
import { type Decision, NodeInfo, schedule } from '../../../hub/scheduler/index.ts';
import type { Node, Pod, Taint } from '../../../shared/api/index.ts';

interface SampleNode {
  cpu?: string;
  memory?: string;
  pods?: string;
  labels?: Record<string, string>;
  taints?: Taint[];
  unschedulable?: boolean;
  has?: Pod[];
}

function node(name: string, sample: SampleNode = {}): NodeInfo {
  const { cpu = '4', memory = '8Gi', pods = '10', labels = {}, taints, unschedulable, has = [] } = sample;
  const metadata = { name, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
  const spec: Node['spec'] & object = { ...(taints && { taints }), ...(unschedulable && { unschedulable }) };
  const info = new NodeInfo();
  info.node = {
    metadata: { ...metadata, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec,
    status: { allocatable: { cpu, memory, pods } },
  };
  has.forEach((pod, turn) => {
    info.put(`${name}-${turn}`, pod);
  });
  return info;
}

type Spec = Partial<Pod['spec'] & object>;

function pod(spec: Spec = {}, labels?: Record<string, string>): Pod {
  return {
    metadata: { name: 'p', ...(labels && { labels }) },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  };
}

const asking = (requests: Record<string, string>, hostPort?: number): Spec => ({
  containers: [
    {
      name: 'c',
      image: 'i',
      resources: { requests },
      ...(hostPort && { ports: [{ containerPort: 1, hostPort }] }),
    },
  ],
});

const shown = (decision: Decision) => ('node' in decision ? decision.node : decision.message);
const place = (wanted: Pod, ...nodes: NodeInfo[]) => shown(schedule({ nodes }, wanted));

const taint = (effect: string, key = 'k', value = 'v'): Taint => ({ key, value, effect });
const affinity = (key: string, operator: string, values: string[]): Spec => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }],
      },
    },
  },
});

describe('a node refuses a pod', () => {
  const useless = 'Preemption is not helpful for scheduling';
  const victims = 'No preemption victims found for incoming pod';
  const cases: [why: string, pod: Pod, node: SampleNode, prospect: string][] = [
    ['node(s) were unschedulable', pod(), { unschedulable: true }, useless],
    ["node(s) didn't match the requested node name", pod({ nodeName: 'other' }), {}, useless],
    ['node(s) had untolerated taint {k: v}', pod(), { taints: [taint('NoSchedule')] }, useless],
    ['node(s) had untolerated taint {k: }', pod(), { taints: [taint('NoExecute', 'k', '')] }, useless],
    [
      "node(s) didn't match Pod's node affinity/selector",
      pod({ nodeSelector: { disk: 'ssd' } }),
      {},
      useless,
    ],
    [
      "node(s) didn't match Pod's node affinity/selector",
      pod(affinity('zone', 'In', ['a'])),
      { labels: { zone: 'b' } },
      useless,
    ],
    [
      "node(s) didn't match Pod's node affinity/selector",
      pod(affinity('cores', 'Gt', ['4'])),
      { labels: { cores: '4' } },
      useless,
    ],
    [
      "node(s) didn't have free ports for the requested pod ports",
      pod(asking({}, 80)),
      { has: [pod(asking({}, 80))] },
      victims,
    ],
    [
      'Insufficient cpu',
      pod(asking({ cpu: '1500m' })),
      { cpu: '2', has: [pod(asking({ cpu: '600m' }))] },
      victims,
    ],
    ['Insufficient cpu', pod(asking({ cpu: '3' })), { cpu: '2' }, useless],
    ['Insufficient memory', pod(asking({ memory: '9Gi' })), {}, useless],
    ['Insufficient example.com/gpu', pod(asking({ 'example.com/gpu': '1' })), {}, useless],
    ['Too many pods', pod(), { pods: '1', has: [pod()] }, victims],
  ];
  for (const [why, wanted, sample, prospect] of cases) {
    it(`because of ${why}`, () => {
      expect(place(wanted, node('n', sample))).to.equal(
        `0/1 nodes are available: 1 ${why}. preemption: 0/1 nodes are available: 1 ${prospect}.`,
      );
    });
  }

  it('and all reasons are counted and sorted', () => {
    const nodes = [
      node('a', { taints: [taint('NoSchedule', 'k', 'v')] }),
      node('b', { cpu: '1', memory: '1Gi' }),
      node('c', { cpu: '1' }),
    ];
    expect(place(pod(asking({ cpu: '2', memory: '2Gi' })), ...nodes)).to.equal(
      '0/3 nodes are available: 1 Insufficient memory, 1 node(s) had untolerated taint {k: v}, 2 Insufficient cpu. ' +
        'preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
    );
  });

  it('that preempts nobody says so', () => {
    expect(place(pod({ preemptionPolicy: 'Never', nodeSelector: { a: 'b' } }), node('n'))).to.match(
      /preemption: not eligible due to preemptionPolicy=Never\.$/,
    );
  });

  it('where there are none at all', () => {
    expect(place(pod())).to.equal('no nodes available to schedule pods');
  });
});

describe('a pod goes', () => {
  const cases: [where: string, pod: Pod, nodes: NodeInfo[], expected: string][] = [
    [
      'to the node that has more left',
      pod(asking({ cpu: '1' })),
      [node('a', { has: [pod(asking({ cpu: '2' }))] }), node('b')],
      'b',
    ],
    [
      'where a taint would rather not have it only if nowhere else',
      pod(),
      [node('a', { taints: [taint('PreferNoSchedule')] }), node('b', { has: [pod(), pod()] })],
      'b',
    ],
    [
      'to the node that it prefers',
      pod({
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, preference: { matchExpressions: [{ key: 'disk', operator: 'Exists' }] } },
            ],
          },
        },
      }),
      [node('a'), node('b', { labels: { disk: 'ssd' } })],
      'b',
    ],
    [
      'to the only node whose taint it bears',
      pod({ tolerations: [{ key: 'k', operator: 'Exists' }] }),
      [node('a', { taints: [taint('NoSchedule', 'other')] }), node('b', { taints: [taint('NoExecute')] })],
      'b',
    ],
    [
      'to a cordoned node if it bears that',
      pod({ tolerations: [{ operator: 'Exists' }] }),
      [node('a', { unschedulable: true })],
      'a',
    ],
    [
      'by a field of the node',
      pod({
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] }],
            },
          },
        },
      }),
      [node('a'), node('b')],
      'b',
    ],
    ['to the first by name of equals', pod(), [node('b'), node('a')], 'a'],
    [
      'to a port of another address',
      pod({
        containers: [
          { name: 'c', image: 'i', ports: [{ containerPort: 1, hostPort: 80, hostIP: '10.0.0.2' }] },
        ],
      }),
      [
        node('a', {
          has: [
            pod({
              containers: [
                { name: 'c', image: 'i', ports: [{ containerPort: 1, hostPort: 80, hostIP: '10.0.0.1' }] },
              ],
            }),
          ],
        }),
      ],
      'a',
    ],
  ];
  for (const [where, wanted, nodes, expected] of cases) {
    it(where, () => {
      expect(place(wanted, ...nodes)).to.equal(expected);
    });
  }

  it('away from its like', () => {
    const mine = pod({}, { app: 'x' });
    const nodes = [
      node('a', { has: [mine] }),
      node('b', { has: [pod({}, { app: 'y' }), pod({}, { app: 'y' })] }),
    ];
    const isRelated = (other: Pod) => other.metadata?.labels?.app === 'x';
    expect(shown(schedule({ nodes, isRelated }, mine))).to.equal('b');
  });

  it('with room for its neediest init container, and for its sidecars all along', () => {
    const container = (cpu: string, always = false) => ({
      name: `c${cpu}`,
      image: 'i',
      resources: { requests: { cpu } },
      ...(always && { restartPolicy: 'Always' as const }),
    });
    const needs = (spec: Spec, cpu: string) => {
      const [enough, less] = [node('n', { cpu }), node('n', { cpu: `${Number.parseInt(cpu, 10) - 1}m` })];
      expect(place(pod(spec), enough), 'enough').to.equal('n');
      expect(place(pod(spec), less), 'less').to.contain('Insufficient cpu');
    };
    needs({ containers: [container('300m'), container('200m')] }, '500m');
    needs({ containers: [container('300m')], initContainers: [container('900m')] }, '900m');
    needs(
      { containers: [container('300m')], initContainers: [container('100m', true), container('900m')] },
      '1000m',
    );
    needs({ containers: [container('300m')], initContainers: [container('100m', true)] }, '400m');
    needs({ containers: [container('300m')], overhead: { cpu: '50m' } }, '350m');
  });

  it('never to a node that it overfills, and always somewhere if one has room', () => {
    const pods = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 30 });
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(pods, sizes, (wanted, offered) => {
        const nodes = offered.map((size, turn) => node(`n${turn}`, { cpu: `${size * 100}m`, pods: '8' }));
        wanted.forEach((size, turn) => {
          const next = pod(asking({ cpu: `${size * 100}m` }));
          const decision = schedule({ nodes }, next);
          const hasRoom = nodes.some(
            (info) =>
              info.podCount < 8 &&
              (info.allocatable.get('cpu') ?? 0) - (info.requested.get('cpu') ?? 0) >= size * 100,
          );
          expect('node' in decision).to.equal(hasRoom);
          if ('node' in decision)
            nodes.find((info) => info.node?.metadata.name === decision.node)?.put(`p${turn}`, next);
        });
        for (const info of nodes) {
          expect(info.requested.get('cpu') ?? 0).to.be.at.most(info.allocatable.get('cpu') ?? 0);
          expect(info.podCount).to.be.at.most(8);
        }
      }),
    );
  });
});
