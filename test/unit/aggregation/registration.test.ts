// Which APIServices stand for what is served here: those that are wanted, and what is done about one of them.

import { expect } from 'chai';
import {
  planRegistration,
  type Registration,
  servicesOf,
} from '../../../hub/apiserver/aggregation/plan-registration.ts';
import { ResourceIndex } from '../../../hub/apiserver/resource-index.ts';
import { type APIService, resources } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';

const label = 'kube-aggregator.kubernetes.io/automanaged';

describe('servicesOf', () => {
  const index = new ResourceIndex(resources);
  for (const row of resources.slice(0, 1))
    index.add({ ...row, group: 'example.com', version: 'v1', custom: true });
  const found = servicesOf(index);

  it('wants one for each version, with the priorities of Kubernetes', () => {
    const spec = (name: string) => found.get(name)?.spec;
    expect(spec('v1.')).to.deep.equal({ version: 'v1', groupPriorityMinimum: 18000, versionPriority: 1 });
    const of = (group: string, version: string, groupPriorityMinimum: number, versionPriority: number) =>
      expect(spec(`${version}.${group}`)).to.deep.equal({
        ...{ group, version, groupPriorityMinimum, versionPriority },
      });
    of('apps', 'v1', 17800, 15);
    of('autoscaling', 'v2', 17500, 30);
    of('flowcontrol.apiserver.k8s.io', 'v1', 16100, 21);
    of('example.com', 'v1', 1000, 100);
  });

  it('marks what comes and goes, and wants none for APIServices themselves', () => {
    expect(found.get('v1.apps')?.metadata?.labels).to.deep.equal({ [label]: 'onstart' });
    expect(found.get('v1.example.com')?.metadata?.labels).to.deep.equal({ [label]: 'true' });
    expect(found.get('v1beta1.metrics.k8s.io')?.metadata).to.deep.equal({ name: 'v1beta1.metrics.k8s.io' });
    expect(found.has('v1.apiregistration.k8s.io')).to.equal(false);
  });
});

describe('planRegistration', () => {
  const service = (how: string | undefined, versionPriority = 15): Live<APIService> => ({
    metadata: {
      ...{ name: 'v1.apps', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
      ...(how && { labels: { [label]: how } }),
    },
    spec: { group: 'apps', version: 'v1', groupPriorityMinimum: 17800, versionPriority },
  });
  const step = (registration: Registration): string => {
    const found = planRegistration(registration);
    return found === undefined ? 'nothing' : found === 'delete' ? found : (Object.keys(found)[0] ?? '');
  };
  // What is there, what is wanted, and what is done: when it is due, and later.
  const cases: [string | undefined, string | undefined, string, string][] = [
    [undefined, undefined, 'nothing', 'nothing'],
    [undefined, 'onstart', 'create', 'nothing'],
    [undefined, 'true', 'create', 'create'],
    [undefined, '', 'create', 'nothing'],
    ['', '', 'nothing', 'nothing'],
    ['', undefined, 'nothing', 'nothing'],
    ['', 'onstart', 'nothing', 'nothing'],
    ['', 'true', 'nothing', 'nothing'],
    ['onstart', undefined, 'delete', 'nothing'],
    ['onstart', 'onstart', 'update', 'nothing'],
    ['onstart', 'true', 'update', 'nothing'],
    ['true', undefined, 'delete', 'delete'],
    ['true', 'onstart', 'update', 'nothing'],
    ['true', 'true', 'update', 'update'],
  ];
  const said = (how: string | undefined) => (how === '' ? 'one without a label' : (how ?? 'none'));
  for (const [is, want, first, later] of cases)
    it(`has ${first}, then ${later}, where ${said(is)} is and ${said(want)} is wanted`, () => {
      const current = is === undefined ? undefined : service(is, 16);
      const wanted = want === undefined ? undefined : service(want);
      expect(step({ current, wanted, due: true })).to.equal(first);
      expect(step({ current, wanted, due: false })).to.equal(later);
    });

  it('leaves one that is as it should be, and changes nothing but the spec of another', () => {
    const wanted = service('true');
    expect(planRegistration({ current: service('true'), wanted, due: true })).to.equal(undefined);
    const current = service('true', 16);
    current.metadata.annotations = { mine: 'yes' };
    expect(planRegistration({ current, wanted, due: true })).to.deep.equal({
      update: { ...current, spec: wanted.spec },
    });
  });
});
