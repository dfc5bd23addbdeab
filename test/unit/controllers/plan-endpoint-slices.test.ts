// Slices of a Service: what is written, and that little is.

import { expect } from 'chai';
import fc from 'fast-check';
import { planSlices, type SlicePlan } from '../../../hub/controllers/services/plan-endpoint-slices.ts';
import type { EndpointSlice, Pod, Service } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { samplePod } from './sample-sets.ts';

const service: Live<Service> = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'svc',
    namespace: 'default',
    uid: 'uid-svc',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  spec: {
    selector: { app: 'a' },
    ports: [{ name: 'web', port: 80, targetPort: 8080 }],
    ipFamilies: ['IPv4'],
  },
};

function pod(number: number): Live<Pod> {
  const made = samplePod(`p${number}`, { readyFor: 10, node: 'n' });
  const podIP = `10.0.${number >> 8}.${number & 255}`;
  return { ...made, status: { ...made.status, podIP, podIPs: [{ ip: podIP }] } };
}

/** The slices after the plan was carried out. */
function carriedOut(
  known: readonly Live<EndpointSlice>[],
  plan: SlicePlan,
  turn: number,
): Live<EndpointSlice>[] {
  const gone = new Set(plan.remove.map(({ metadata }) => metadata.name));
  const changed = new Map(plan.update.map((slice) => [slice.metadata.name, slice]));
  const kept = known
    .filter(({ metadata }) => !gone.has(metadata.name))
    .map((slice) => changed.get(slice.metadata.name) ?? slice);
  const made = plan.create.map((slice, position) => {
    const name = `svc-${turn}-${position}`;
    const metadata = {
      ...slice.metadata,
      name,
      uid: name,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    };
    return { ...slice, metadata };
  });
  return [...kept, ...made];
}

const writes = ({ create, update, remove }: SlicePlan) => create.length + update.length + remove.length;

describe('the slices of a Service', () => {
  it('are one empty slice where there are no pods', () => {
    const plan = planSlices(service, [], []);
    expect(plan.create.map(({ endpoints, addressType }) => [endpoints, addressType])).to.eql([[[], 'IPv4']]);
    expect(writes(planSlices(service, [], carriedOut([], plan, 0)))).to.equal(0);
  });

  it('turn the empty slice into the first one with endpoints', () => {
    const empty = carriedOut([], planSlices(service, [], []), 0);
    const plan = planSlices(service, [pod(1)], empty);
    expect(plan.create.length + plan.remove.length).to.equal(0);
    expect(plan.update.map(({ ports }) => ports)).to.eql([[{ name: 'web', protocol: 'TCP', port: 8080 }]]);
  });

  it('are not written when nothing has changed', () => {
    const pods = Array.from({ length: 250 }, (_, number) => pod(number));
    const known = carriedOut([], planSlices(service, pods, []), 0);
    expect(known.map(({ endpoints }) => endpoints.length)).to.eql([100, 100, 50]);
    expect(writes(planSlices(service, [...pods].reverse(), known))).to.equal(0);
  });

  it('change only where a pod came or went', () => {
    const pods = Array.from({ length: 250 }, (_, number) => pod(number));
    const known = carriedOut([], planSlices(service, pods, []), 0);
    expect(writes(planSlices(service, pods.slice(1), known))).to.equal(1);
    expect(writes(planSlices(service, [...pods, pod(999)], known))).to.equal(1);
  });

  it('hold each pod once and never more than a hundred, however pods come and go', () => {
    const step = fc.uniqueArray(fc.integer({ min: 0, max: 260 }), { maxLength: 230 });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), (steps) => {
        let known: Live<EndpointSlice>[] = [];
        steps.forEach((numbers, turn) => {
          known = carriedOut(known, planSlices(service, numbers.map(pod), known), turn);
          const held = known.flatMap(({ endpoints }) => endpoints.map(({ targetRef }) => targetRef?.name));
          expect(held.sort()).to.eql(numbers.map((number) => `p${number}`).sort());
          expect(known.every(({ endpoints }) => endpoints.length <= 100)).to.equal(true);
          expect(known.length).to.be.at.least(1);
        });
      }),
      { numRuns: 25 },
    );
  });
});
