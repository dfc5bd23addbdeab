// One storage, two versions: what is written as autoscaling/v2 is read as v1 and the other way round, and nothing is lost.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { type ApiServerFixture, namespace, startApiServer, take } from '../../support/apiserver.ts';

const at = (version: string) => `/apis/autoscaling/${version}/namespaces/rec/horizontalpodautoscalers`;
const fixtures = new URL('../../fixtures/api/workloads/', import.meta.url);
const merge = 'application/merge-patch+json';

function document(file: string) {
  const text = readFileSync(new URL(file, fixtures), 'utf8');
  return parseAllDocuments(text)
    .map((each) => each.toJS())
    .filter(Boolean)[0];
}

describe('HorizontalPodAutoscalers in two versions', () => {
  let server: ApiServerFixture;
  beforeEach(async () => {
    server = await startApiServer();
    await server.must('POST', '/api/v1/namespaces', { body: namespace('rec') });
  });
  afterEach(() => server.stop());

  const cpu = (percent: number) => ({
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percent } },
  });
  const spec = { maxReplicas: 5, scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' } };

  it('shows in v1 what only v2 has room for as annotations', async () => {
    const posted = document('defaults/autoscaling_v2_HorizontalPodAutoscaler_rich.yaml');
    await server.must('POST', at('v2'), { body: posted });
    const recorded = document('settled/hpa-v1-of-a-v2-object.yaml');
    const shown = await server.must('GET', `${at('v1')}/hpa2-rich`);
    expect(shown).to.include({ apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler' });
    expect(shown.spec).to.deep.equal(recorded.spec);
    expect(shown.status).to.deep.equal(recorded.status);
    const prefix = 'autoscaling.alpha.kubernetes.io';
    for (const name of ['metrics', 'behavior']) {
      const key = `${prefix}/${name}`;
      expect(JSON.parse(shown.metadata.annotations[key])).to.deep.equal(
        JSON.parse(recorded.metadata.annotations[key]),
      );
    }
  });

  it('keeps all of v2 when v1 is written', async () => {
    const posted = document('defaults/autoscaling_v2_HorizontalPodAutoscaler_rich.yaml');
    const before = await server.must('POST', at('v2'), { body: posted });
    const shown = await server.must('GET', `${at('v1')}/hpa2-rich`);
    await server.must('PUT', `${at('v1')}/hpa2-rich`, {
      body: { ...shown, spec: { ...shown.spec, maxReplicas: 9 } },
    });
    const after = await server.must('GET', `${at('v2')}/hpa2-rich`);
    const sorted = (metrics: { type: string }[]) => [...metrics].sort((a, b) => a.type.localeCompare(b.type));
    expect(after.spec.maxReplicas).to.equal(9);
    expect(after.spec.behavior).to.deep.equal(before.spec.behavior);
    expect(sorted(after.spec.metrics)).to.deep.equal(sorted(before.spec.metrics));
    expect(after.metadata.annotations).to.equal(undefined);
    expect(after.metadata.uid).to.equal(before.metadata.uid);
  });

  it('keeps what the controller wrote into the status', async () => {
    await server.must('POST', at('v2'), { body: { metadata: { name: 'a' }, spec } });
    const status = {
      currentReplicas: 2,
      desiredReplicas: 3,
      currentMetrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', current: { averageUtilization: 40, averageValue: '50m' } },
        },
      ],
      conditions: [
        {
          type: 'AbleToScale',
          status: 'True',
          lastTransitionTime: '2026-01-01T00:00:00Z',
          reason: 'R',
          message: 'm',
        },
      ],
    };
    await server.must('PATCH', `${at('v2')}/a/status`, { body: { status }, contentType: merge });
    const shown = await server.must('GET', `${at('v1')}/a`);
    expect(shown.status).to.deep.equal({
      currentReplicas: 2,
      desiredReplicas: 3,
      currentCPUUtilizationPercentage: 40,
    });
    const replicas = { ...shown.status, desiredReplicas: 4 };
    await server.must('PATCH', `${at('v1')}/a/status`, { body: { status: replicas }, contentType: merge });
    const after = await server.must('GET', `${at('v2')}/a`);
    expect(after.status).to.deep.equal({ ...status, desiredReplicas: 4 });
  });

  it('gives a v1 object its target in v2', async () => {
    const body = { metadata: { name: 'a' }, spec: { ...spec, targetCPUUtilizationPercentage: 55 } };
    await server.must('POST', at('v1'), { body });
    expect((await server.must('GET', `${at('v2')}/a`)).spec).to.deep.equal({
      ...spec,
      minReplicas: 1,
      metrics: [cpu(55)],
    });
    await server.must('PATCH', `${at('v2')}/a`, {
      body: { spec: { metrics: [cpu(66)] } },
      contentType: merge,
    });
    expect((await server.must('GET', `${at('v1')}/a`)).spec.targetCPUUtilizationPercentage).to.equal(66);
  });

  it('refuses an empty list of policies, and gives only those that are absent their defaults', async () => {
    const create = (behavior: object) =>
      server.ask('POST', at('v2'), { body: { metadata: { name: 'a' }, spec: { ...spec, behavior } } });
    const { code, body } = await create({ scaleUp: { policies: [] }, scaleDown: { policies: null } });
    expect(code).to.equal(422);
    expect(body.message).to.equal(
      'HorizontalPodAutoscaler.autoscaling "a" is invalid: spec.behavior.scaleUp.policies: Required value: must specify at least one Policy',
    );
    const { body: made } = await create({ scaleUp: { selectPolicy: 'Min' } });
    expect(made.spec.behavior.scaleUp.policies).to.have.length(2);
    expect(made.spec.behavior.scaleDown.policies).to.have.length(1);
  });

  it('lists and watches in the version that is asked for', async () => {
    await server.must('POST', at('v2'), { body: { metadata: { name: 'a' }, spec } });
    const list = await server.must('GET', at('v1'));
    expect(list).to.include({ apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscalerList' });
    expect(list.items.map((item: { spec: object }) => item.spec)).to.deep.equal([
      { ...spec, minReplicas: 1, targetCPUUtilizationPercentage: 80 },
    ]);
    const { resourceVersion } = list.metadata;
    const events = await server.watch(`${at('v1')}?watch=1&resourceVersion=${resourceVersion}`);
    await server.must('PATCH', `${at('v2')}/a`, {
      body: { spec: { metrics: [cpu(10)] } },
      contentType: merge,
    });
    const [event] = await take(events, 1);
    expect(event?.object).to.include({ apiVersion: 'autoscaling/v1' });
    expect(event?.object.spec.targetCPUUtilizationPercentage).to.equal(10);
    await events.return?.();
  });

  it('prefers v2, and deletes in either', async () => {
    const { versions, preferredVersion } = await server.must('GET', '/apis/autoscaling');
    expect(versions.map(({ version }: { version: string }) => version)).to.deep.equal(['v2', 'v1']);
    expect(preferredVersion.version).to.equal('v2');
    await server.must('POST', at('v2'), { body: { metadata: { name: 'a' }, spec } });
    await server.must('DELETE', `${at('v1')}/a`);
    expect((await server.ask('GET', `${at('v2')}/a`)).code).to.equal(404);
  });
});
