// How many pods are looked at when their namespace tightens what it enforces, and for how long.

import { expect } from 'chai';
import { existingPodWarnings } from '../../../hub/apiserver/admission/pod-security/existing-pods.ts';
import type { Pod } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const strict = { level: 'baseline', minor: 30 } as const;

function pod(name: string, spec: Partial<Pod['spec']> = {}, owner?: string): Live<Pod> {
  const ownerReferences = owner
    ? [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true }]
    : [];
  const metadata = { name, namespace: 'n', uid: name, resourceVersion: '1', ownerReferences };
  return {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: { ...metadata, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  };
}

/** As if each look took so long, milliseconds. */
class SlowClock extends FakeClock {
  private readonly step: number;
  private spent = 0;

  constructor(step: number) {
    super();
    this.step = step;
  }

  override monotonic(): number {
    this.spent += this.step;
    return this.spent;
  }
}

const many = (count: number, owner?: string, spec?: Partial<Pod['spec']>) =>
  Array.from({ length: count }, (_, index) => pod(`${owner ?? 'p'}-${index}`, spec, owner));

const against = 'existing pods in namespace "n" violate the new PodSecurity enforce level "baseline:v1.30"';

describe('existing pods of a namespace', () => {
  it('are looked at up to a number', () => {
    const said = existingPodWarnings('n', many(3001, undefined, { hostPID: true }), strict, new FakeClock());
    expect(said).to.deep.equal([
      'new PodSecurity enforce level only checked against the first 3000 of 3001 existing pods',
      ...[against, 'p-0 (and 2999 other pods): host namespaces'],
    ]);
    expect(existingPodWarnings('n', many(3000), strict, new FakeClock())).to.deep.equal([]);
  });

  it('are looked at for a second', () => {
    expect(existingPodWarnings('n', many(10), strict, new SlowClock(400))).to.deep.equal([
      'new PodSecurity enforce level only checked against the first 3 of 10 existing pods',
    ]);
  });

  it('are looked at once for each controller before others of it', () => {
    const alike = [...many(3000, 'a', { hostIPC: true }), ...many(3000, 'b', { hostPID: true })];
    const alone = pod('alone', {
      hostNetwork: true,
      containers: [{ name: 'c', ports: [{ containerPort: 1, hostPort: 1 }] }],
    });
    expect(existingPodWarnings('n', [...alike, alone], strict, new FakeClock())).to.deep.equal([
      'new PodSecurity enforce level only checked against the first 3000 of 6001 existing pods',
      ...[against, 'a-0 (and 2998 other pods): host namespaces', 'alone: host namespaces, hostPort'],
    ]);
  });
});
