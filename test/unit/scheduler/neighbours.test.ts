// Where a pod may go because of the pods that are there: podAffinity, podAntiAffinity, topologySpreadConstraints.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import { NodeInfo, schedule } from '../../../hub/scheduler/index.ts';
import type { Pod } from '../../../shared/api/index.ts';

type Spec = Partial<Pod['spec'] & object>;

let serial = 0;

function pod(app: string, spec: Spec = {}, namespace = 'default'): Pod {
  serial += 1;
  const metadata = { name: `${app}-${serial}`, namespace, labels: { app } };
  return { metadata, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } };
}

function node(name: string, zone: string | undefined, ...has: Pod[]): NodeInfo {
  const info = new NodeInfo();
  info.node = {
    metadata: {
      name,
      uid: name,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { 'kubernetes.io/hostname': name, ...(zone && { zone }) },
    },
    status: { allocatable: { cpu: '64', memory: '64Gi', pods: '100' } },
  };
  for (const each of has) info.put(each.metadata?.name ?? '', each);
  return info;
}

const term = (app: string, topologyKey = 'kubernetes.io/hostname') => ({
  labelSelector: { matchLabels: { app } },
  topologyKey,
});
const near = (app: string, topologyKey?: string): Spec => ({
  affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(app, topologyKey)] } },
});
const awayFrom = (app: string, topologyKey?: string): Spec => ({
  affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(app, topologyKey)] } },
});
const spread = (app: string, maxSkew = 1, more: Record<string, unknown> = {}): Spec => ({
  topologySpreadConstraints: [
    {
      maxSkew,
      topologyKey: 'zone',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { app } },
      ...more,
    },
  ],
});

function place(
  wanted: Pod,
  nodes: NodeInfo[],
  namespaces: Record<string, Record<string, string>> = {},
): string {
  const decision = schedule({ nodes, namespaceLabels: (name) => namespaces[name] }, wanted);
  return 'node' in decision ? decision.node : (decision.message.split('. preemption')[0] ?? '');
}

const refusal = (count: number, total: number, why: string) =>
  `0/${total} nodes are available: ${count} ${why}`;

describe('pod affinity', () => {
  it('draws to where its friends are, by node or by zone', () => {
    const nodes = () => [node('a', 'z1'), node('b', 'z2', pod('db')), node('c', 'z2', pod('x'), pod('x'))];
    expect(place(pod('web', near('db')), nodes())).to.equal('b');
    const crowded = nodes();
    expect(['b', 'c']).to.include(place(pod('web', near('db', 'zone')), crowded));
  });

  it('waits for friends that are nowhere', () => {
    expect(place(pod('web', near('db')), [node('a', 'z1'), node('b', 'z2')])).to.equal(
      refusal(2, 2, "node(s) didn't match pod affinity rules"),
    );
  });

  it('lets the first of its own kind start anywhere', () => {
    expect(place(pod('db', near('db')), [node('a', 'z1')])).to.equal('a');
    expect(place(pod('db', near('db', 'zone')), [node('a', undefined)])).to.equal(
      refusal(1, 1, "node(s) didn't match pod affinity rules"),
    );
  });

  it('means pods of its own namespace, of the named ones, or of those selected', () => {
    const nodes = [node('a', 'z1', pod('db', {}, 'other')), node('b', 'z2')];
    const where = (more: Record<string, unknown>): Spec => ({
      affinity: {
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ ...term('db'), ...more }] },
      },
    });
    expect(place(pod('web', where({})), nodes)).to.contain('pod affinity rules');
    expect(place(pod('web', where({ namespaces: ['other'] })), nodes)).to.equal('a');
    const team = { namespaceSelector: { matchLabels: { team: 'x' } } };
    expect(place(pod('web', where(team)), nodes, { other: { team: 'x' } })).to.equal('a');
    expect(place(pod('web', where(team)), nodes, { other: { team: 'y' } })).to.contain('pod affinity rules');
  });
});

describe('pod anti-affinity', () => {
  it('keeps apart, by node or by zone', () => {
    const nodes = [node('a', 'z1', pod('web')), node('b', 'z1'), node('c', 'z2')];
    expect(['b', 'c']).to.include(place(pod('web', awayFrom('web')), nodes));
    expect(place(pod('web', awayFrom('web', 'zone')), nodes)).to.equal('c');
  });

  it('says so where there is no place left', () => {
    expect(place(pod('web', awayFrom('web')), [node('a', 'z1', pod('web'))])).to.equal(
      refusal(1, 1, "node(s) didn't match pod anti-affinity rules"),
    );
  });

  it('holds for pods that are there already against those that come', () => {
    const hermit = pod('hermit', awayFrom('web', 'zone'));
    expect(place(pod('web'), [node('a', 'z1', hermit), node('b', 'z1'), node('c', 'z2')])).to.equal('c');
    expect(place(pod('web'), [node('a', 'z1', hermit), node('b', 'z1')])).to.equal(
      refusal(2, 2, "node(s) didn't satisfy existing pods anti-affinity rules"),
    );
    expect(place(pod('other'), [node('a', 'z1', hermit)])).to.equal('a');
  });

  it('is only a wish where it is preferred', () => {
    const wish: Spec = {
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 100, podAffinityTerm: term('web', 'zone') },
          ],
        },
      },
    };
    expect(
      place(pod('web', wish), [node('a', 'z1', pod('web')), node('b', 'z2', pod('x'), pod('x'))]),
    ).to.equal('b');
    expect(place(pod('web', wish), [node('a', 'z1', pod('web'))])).to.equal('a');
  });
});

describe('topology spread', () => {
  const file = readFileSync(
    new URL('../../fixtures/stories/scheduling-failures.yaml', import.meta.url),
    'utf8',
  );
  const story: { pods: { spread: { status?: Pod['status'] }[] } } = parse(file);
  const recorded = story.pods.spread
    .flatMap(({ status }) => status?.conditions ?? [])
    .find(({ reason }) => reason);

  it('says what a real cluster said of nodes without the label', () => {
    expect(`${place(pod('web', spread('web')), [node('a', undefined)])}.`).to.equal(recorded?.message);
  });

  it('fills the emptiest zone', () => {
    const nodes = [node('a', 'z1', pod('web'), pod('web')), node('b', 'z2', pod('web'))];
    expect(place(pod('web', spread('web')), nodes)).to.equal('b');
    const full = [node('a', 'z1', pod('web'), pod('web')), node('b', 'z2', pod('web'))];
    expect(place(pod('web', { ...spread('web'), nodeName: 'a' }), full)).to.contain(
      'topology spread constraints',
    );
  });

  it('does not count nodes where the pod cannot go anyway', () => {
    const nodes = [node('a', 'z1', pod('web')), node('b', 'z2')];
    const here = { nodeSelector: { 'kubernetes.io/hostname': 'a' } };
    expect(place(pod('web', { ...spread('web'), ...here }), nodes)).to.equal('a');
    const ignoring = spread('web', 1, { nodeAffinityPolicy: 'Ignore' });
    expect(place(pod('web', { ...ignoring, ...here }), nodes)).to.contain('topology spread constraints');
  });

  it('takes missing zones for empty ones up to minDomains', () => {
    const nodes = [node('a', 'z1', pod('web')), node('b', 'z2', pod('web'))];
    expect(place(pod('web', spread('web', 1, { minDomains: 3 })), nodes)).to.contain(
      'topology spread constraints',
    );
    expect(place(pod('web', spread('web', 1, { minDomains: 2 })), nodes)).to.equal('a');
  });

  it('counts only the pods of its own revision where it says so', () => {
    const old = pod('web');
    if (old.metadata?.labels) old.metadata.labels.revision = '1';
    const next = pod('web', spread('web', 1, { matchLabelKeys: ['revision'] }));
    if (next.metadata?.labels) next.metadata.labels.revision = '2';
    expect(
      place(next, [node('a', 'z1', old, pod('x')), node('b', 'z2', pod('y'), pod('y'), pod('y'))]),
    ).to.equal('a');
  });

  it('never lets zones differ by more than the skew, however many come', () => {
    const world = fc.record({
      zones: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
      count: fc.integer({ min: 1, max: 25 }),
      maxSkew: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(world, ({ zones, count, maxSkew }) => {
        const nodes = zones.flatMap((size, zone) =>
          Array.from({ length: size }, (_, turn) => node(`n${zone}-${turn}`, `z${zone}`)),
        );
        for (let turn = 0; turn < count; turn += 1) {
          const next = pod('web', spread('web', maxSkew));
          const name = place(next, nodes);
          nodes.find((info) => info.node?.metadata.name === name)?.put(`p${turn}`, next);
        }
        const totals = zones.map((_, zone) =>
          nodes
            .filter((info) => info.node?.metadata.labels?.zone === `z${zone}`)
            .reduce((total, { podCount }) => total + podCount, 0),
        );
        expect(totals.reduce((total, each) => total + each, 0)).to.equal(count);
        expect(Math.max(...totals) - Math.min(...totals)).to.be.at.most(maxSkew);
      }),
      { numRuns: 50 },
    );
  });
});
