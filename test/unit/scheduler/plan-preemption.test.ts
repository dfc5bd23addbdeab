// Who has to go for whom.

import { expect } from 'chai';
import fc from 'fast-check';
import { type Decision, NodeInfo, schedule } from '../../../hub/scheduler/index.ts';
import type { Pod, PodDisruptionBudget } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';

interface Sample {
  priority: number;
  cpu?: number;
  labels?: Record<string, string>;
  /** Second of its start. */
  since?: number;
  nominated?: string;
}

function pod(name: string, { priority, cpu = 1, labels = {}, since = 0, nominated }: Sample): Live<Pod> {
  const meta = { uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
  const startTime = `2026-01-01T00:00:${String(since).padStart(2, '0')}Z`;
  return {
    metadata: { name, namespace: 'default', labels, ...meta },
    spec: {
      priority,
      containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: `${cpu}` } } }],
    },
    status: { startTime, ...(nominated && { nominatedNodeName: nominated }) },
  };
}

function node(name: string, cpu: number, ...has: Live<Pod>[]): NodeInfo {
  const info = new NodeInfo();
  const meta = { uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
  info.node = { metadata: { name, ...meta }, status: { allocatable: { cpu: `${cpu}`, pods: '110' } } };
  for (const each of has) info.put(each.metadata.uid, each);
  return info;
}

function budget(app: string, disruptionsAllowed: number): PodDisruptionBudget {
  return {
    metadata: { name: app, namespace: 'default' },
    spec: { selector: { matchLabels: { app } } },
    status: { disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
  };
}

/** `NODE: VICTIM VICTIM`, a node alone, or why not. */
function shown(decision: Decision): string {
  if ('node' in decision) return decision.node;
  const { room, message } = decision;
  if (room === undefined || room === 'coming') return message;
  return `${room.node}: ${room.victims.map(({ metadata }) => metadata?.name).join(' ')}`;
}

const placed = (wanted: Pod, nodes: NodeInfo[], budgets: PodDisruptionBudget[] = []) =>
  shown(schedule({ nodes, budgets: () => budgets }, wanted));

describe('preemption', () => {
  it('takes no more than it needs, and the least important', () => {
    const nodes = [
      node('n', 4, pod('a', { priority: 5 }), pod('b', { priority: 1 }), pod('c', { priority: 3, cpu: 2 })),
    ];
    expect(placed(pod('high', { priority: 9 }), nodes)).to.equal('n: b');
    expect(placed(pod('high', { priority: 9, cpu: 2 }), nodes)).to.equal('n: c');
    expect(placed(pod('high', { priority: 9, cpu: 4 }), nodes)).to.equal('n: a c b');
  });

  it('takes the younger of equals', () => {
    const nodes = [
      node('n', 2, pod('old', { priority: 1, since: 1 }), pod('new', { priority: 1, since: 2 })),
    ];
    expect(placed(pod('high', { priority: 9 }), nodes)).to.equal('n: new');
  });

  it('leaves who is as urgent', () => {
    const message =
      '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.';
    const nodes = [node('n', 1, pod('a', { priority: 9 }))];
    expect(placed(pod('high', { priority: 9 }), nodes)).to.equal(message);
  });

  it('does not begin what would not help', () => {
    const message =
      '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.';
    expect(placed(pod('high', { priority: 9, cpu: 3 }), [node('n', 2, pod('a', { priority: 1 }))])).to.equal(
      message,
    );
  });

  it('is nothing for a pod that never preempts', () => {
    const high = pod('high', { priority: 9 });
    const spec = { containers: [], ...high.spec, preemptionPolicy: 'Never' };
    expect(placed({ ...high, spec }, [node('n', 1, pod('a', { priority: 1 }))])).to.equal(
      '0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.',
    );
  });

  const choices: [what: string, expected: string, first: Live<Pod>[], second: Live<Pod>[]][] = [
    [
      'whose budgets allow it',
      'n2: b',
      [pod('a', { priority: 1, cpu: 2, labels: { app: 'kept' } })],
      [pod('b', { priority: 5, cpu: 2 })],
    ],
    [
      'whose most important victim is the least',
      'n2: b c',
      [pod('a', { priority: 5, cpu: 2 })],
      [pod('b', { priority: 4 }), pod('c', { priority: 4 })],
    ],
    [
      'where fewer go',
      'n2: c',
      [pod('a', { priority: 4 }), pod('b', { priority: 4 })],
      [pod('c', { priority: 4, cpu: 2 })],
    ],
    [
      'whose victims have run for a shorter time',
      'n2: b',
      [pod('a', { priority: 4, cpu: 2, since: 1 })],
      [pod('b', { priority: 4, cpu: 2, since: 2 })],
    ],
  ];
  for (const [what, expected, first, second] of choices) {
    it(`chooses the node ${what}`, () => {
      const nodes = [node('n1', 2, ...first), node('n2', 2, ...second)];
      expect(placed(pod('high', { priority: 9, cpu: 2 }), nodes, [budget('kept', 0)])).to.equal(expected);
    });
  }

  it('breaks a budget only where nothing else helps', () => {
    const kept = { app: 'kept' };
    const nodes = [
      node('n', 2, pod('a', { priority: 1, labels: kept }), pod('b', { priority: 2, labels: kept })),
    ];
    // One of them may go: the less important one is the one too many.
    expect(placed(pod('high', { priority: 9 }), nodes, [budget('kept', 1)])).to.equal('n: b');
    expect(placed(pod('high', { priority: 9, cpu: 2 }), nodes, [budget('kept', 1)])).to.equal('n: b a');
  });

  it('keeps the node for whom room was made, except against the more urgent', () => {
    const waiting = pod('waiting', { priority: 5, nominated: 'n' });
    const snapshot = {
      nodes: [node('n', 1)],
      nominated: (name: string, of: Pod) =>
        name === 'n' && of.metadata?.uid !== 'waiting' && (of.spec?.priority ?? 0) <= 5 ? [waiting] : [],
    };
    expect(shown(schedule(snapshot, pod('late', { priority: 5 })))).to.contain('1 Insufficient cpu.');
    expect(shown(schedule(snapshot, pod('urgent', { priority: 6 })))).to.equal('n');
    expect(shown(schedule(snapshot, waiting))).to.equal('n');
  });

  it('always makes room, and never more than is needed', () => {
    const samples = fc.array(
      fc.record({ priority: fc.integer({ min: 0, max: 4 }), cpu: fc.integer({ min: 1, max: 3 }) }),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(
        fc.array(samples, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 6 }),
        (all, cpu) => {
          const has = all.map((few, at) => few.map((each, turn) => pod(`p${at}-${turn}`, each)));
          const size = (pods: readonly Live<Pod>[]) =>
            pods.reduce((sum, { spec }) => sum + Number(spec?.containers[0]?.resources?.requests?.cpu), 0);
          const nodes = has.map((pods, at) => node(`n${at}`, size(pods), ...pods));
          const wanted = pod('high', { priority: 3, cpu });
          const decision = schedule({ nodes }, wanted);
          if ('node' in decision) throw new Error('the nodes are full');
          const { room } = decision;
          const possible = has.some(
            (pods) => size(pods.filter(({ spec }) => (spec?.priority ?? 0) < 3)) >= cpu,
          );
          expect(room !== undefined).to.equal(possible);
          if (!room || room === 'coming') return;
          const gone = has.flat().filter((each) => room.victims.includes(each));
          expect(gone.every(({ spec }) => (spec?.priority ?? 0) < 3)).to.equal(true);
          expect(size(gone)).to.be.at.least(cpu);
          for (const each of gone) expect(size(gone) - size([each]), 'one was not needed').to.be.below(cpu);
        },
      ),
    );
  });
});
