// Workloads, budgets, quotas and classes: completed as a real API server completes them, and shown as kubectl shows them.

import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import type { Column } from '../../../shared/api/index.ts';
import { isRecord, type KubeObject } from '../../../shared/machinery/index.ts';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';
import { readJson } from '../../support/fixture.ts';

interface Table {
  columns: { name: string; type: string; format: string; priority: number }[];
  rows: unknown[][];
}

const fixtures = new URL('../../fixtures/api/workloads/', import.meta.url);
const time = '2026-01-01T00:00:00Z';

function documents(file: string): KubeObject[] {
  return parseAllDocuments(readFileSync(new URL(file, fixtures), 'utf8').replace(/\bTIME\b/g, time))
    .map((document) => document.toJS())
    .filter(isRecord)
    .map((document): KubeObject => JSON.parse(JSON.stringify(document)));
}

function pathOf({ apiVersion = '', kind = '', metadata }: KubeObject): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = kind.endsWith('s') ? `${kind.toLowerCase()}es` : `${kind.toLowerCase()}s`;
  const within = kind === 'PriorityClass' ? '' : `/namespaces/${metadata?.namespace ?? 'rec'}`;
  return `${root}${within}/${plural}`;
}

/** What v1.32 fills in and the recorded version did not know. */
const newer: Record<string, unknown> = {
  persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
  completionMode: 'NonIndexed',
  suspend: false,
  manualSelector: false,
  podReplacementPolicy: 'TerminatingOrFailed',
  availableReplicas: 0,
  'batch.kubernetes.io/job-name': undefined,
  'batch.kubernetes.io/controller-uid': undefined,
};
const ofServer = [
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'managedFields',
  'controller-uid',
];

function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(
    ([key, field]) => !ofServer.includes(key) && !(key in newer) && field !== null,
  );
  const fields = kept.map(([key, field]) => [key, comparable(field)] as const);
  return Object.fromEntries(fields.filter(([key, field]) => key !== 'metadata' || !isEmpty(field)));
}

function isEmpty(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length === 0;
}

/** What this version does not have: counts of zero are not said in v2, and metrics keep their order. */
function recordedNow(object: KubeObject): unknown {
  const { kind, apiVersion } = object;
  const whole: unknown = comparable(object);
  if (kind !== 'HorizontalPodAutoscaler' || apiVersion !== 'autoscaling/v2' || !isRecord(whole)) return whole;
  const spec = isRecord(whole.spec) ? whole.spec : {};
  const metrics = Array.isArray(spec.metrics) ? spec.metrics : [];
  const [last, ...others] = [...metrics].reverse();
  return {
    ...whole,
    spec: { ...spec, metrics: [last, ...others.reverse()] },
    status: { desiredReplicas: 0 },
  };
}

describe('a workload that was posted', () => {
  let server: ApiServerFixture;
  before(async () => {
    server = await startApiServer();
    for (const name of ['rec', 'rec2'])
      await server.must('POST', '/api/v1/namespaces', { body: namespace(name) });
  });
  after(() => server.stop());

  for (const file of readdirSync(new URL('defaults/', fixtures)))
    it(`is completed as upstream does: ${file}`, async () => {
      const [posted, answered] = documents(`defaults/${file}`);
      if (!posted || !answered) throw new Error(`${file} has not two documents`);
      const created = await server.must('POST', pathOf(posted), { body: posted });
      expect(comparable(created)).to.deep.equal(recordedNow(answered));
    });

  it('is completed as v1.32 does beyond that', async () => {
    const job = await server.must('GET', '/apis/batch/v1/namespaces/rec/jobs/job-min');
    const { uid } = job.metadata;
    const { completionMode, suspend, manualSelector, podReplacementPolicy } = newer;
    expect(job.spec).to.include({ completionMode, suspend, manualSelector, podReplacementPolicy });
    expect(job.spec.selector).to.deep.equal({ matchLabels: { 'batch.kubernetes.io/controller-uid': uid } });
    expect(job.metadata.labels).to.deep.equal(job.spec.template.metadata.labels);
    expect(job.metadata.labels).to.deep.equal({
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': 'job-min',
      'controller-uid': uid,
      'job-name': 'job-min',
    });
    const set = await server.must('GET', '/apis/apps/v1/namespaces/rec/statefulsets/ss-min');
    expect(set.spec.persistentVolumeClaimRetentionPolicy).to.deep.equal({
      whenDeleted: 'Retain',
      whenScaled: 'Retain',
    });
    expect(set.status).to.deep.equal({ replicas: 0, availableReplicas: 0 });
  });

  it('names its pods after the name that was generated', async () => {
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } };
    const body = { metadata: { generateName: 'once-' }, spec: { template } };
    const { metadata, spec } = await server.must('POST', '/apis/batch/v1/namespaces/rec/jobs', { body });
    expect(metadata.name).to.match(/^once-[a-z0-9]{5}$/);
    expect(spec.template.metadata.labels['batch.kubernetes.io/job-name']).to.equal(metadata.name);
  });

  it('counts in a DaemonSet how often its template was changed, and in a PriorityClass nothing', async () => {
    const path = '/apis/apps/v1/namespaces/rec/daemonsets/ds-min';
    const generation = 'deprecated.daemonset.template.generation';
    const merge = (at: string, body: object) =>
      server.must('PATCH', at, { body, contentType: 'application/merge-patch+json' });
    const counted = await merge(path, {
      metadata: { annotations: { [generation]: '9' } },
      spec: { minReadySeconds: 1 },
    });
    expect(counted.metadata).to.deep.include({ generation: 2, annotations: { [generation]: '1' } });
    const changed = await merge(path, { spec: { template: { metadata: { labels: { more: 'x' } } } } });
    expect(changed.metadata).to.deep.include({ generation: 3, annotations: { [generation]: '2' } });
    const classes = '/apis/scheduling.k8s.io/v1/priorityclasses/pc-min';
    expect((await merge(classes, { description: 'd' })).metadata.generation).to.equal(1);
  });

  for (const plural of [
    '/api/v1/namespaces/rec/replicationcontrollers/rc',
    '/apis/apps/v1/namespaces/rec/statefulsets/ss-min',
  ])
    it(`can be scaled: ${plural.split('/').at(-2)}`, async () => {
      const scale = await server.must('GET', `${plural}/scale`);
      expect(scale).to.deep.include({ kind: 'Scale', spec: { replicas: 1 } });
      expect(scale.status.selector).to.match(/^app=\w+$/);
      await server.must('PUT', `${plural}/scale`, { body: { ...scale, spec: { replicas: 4 } } });
      expect((await server.must('GET', plural)).spec.replicas).to.equal(4);
    });
});

describe('the table of', () => {
  let server: ApiServerFixture;
  before(async () => {
    server = await startApiServer();
  });
  after(() => server.stop());

  const tables: Record<string, Table> = readJson('api/workloads/tables.json');
  const settled = readdirSync(new URL('settled/', fixtures)).flatMap((file) => documents(`settled/${file}`));
  const answered = readdirSync(new URL('defaults/', fixtures)).flatMap((file) =>
    documents(`defaults/${file}`).slice(-1),
  );
  const added: Record<string, string[]> = { jobs: ['Status'], cronjobs: ['Timezone'] };
  /** Rows that show what controllers had done in the meantime, or what no other recording has. */
  const ages = new Set(['Age', 'Duration', 'Last Schedule']);

  async function columnsOf(plural: string, apiVersion = ''): Promise<Column[]> {
    const rows = server.api.index.all().filter(({ resource }) => resource === plural);
    const row = rows.find(({ group, version }) => `${group}/${version}` === apiVersion) ?? rows[0];
    if (!row) throw new Error(`no row ${plural}`);
    const { columns } = await row.load();
    return columns.filter(({ name }) => !added[plural]?.includes(name));
  }

  for (const [plural, { columns, rows }] of Object.entries(tables)) {
    if (plural === 'limitranges') continue;
    it(`${plural} has upstream's columns`, async () => {
      const ours = await columnsOf(plural);
      expect(
        ours.map(({ name, type, format, priority }) => ({ name, type, format, priority })),
      ).to.deep.equal(columns);
      expect(ours.filter(({ description }) => description === '')).to.deep.equal([]);
    });

    it(`${plural} shows what upstream shows`, async () => {
      let compared = 0;
      for (const row of rows) {
        const isIt = ({ kind = '', metadata }: KubeObject) =>
          pathOf({ apiVersion: 'v1', kind }).endsWith(`/${plural}`) && metadata?.name === row[0];
        const object = settled.find(isIt) ?? answered.find(isIt);
        if (!object || unsettled.includes(String(row[0]))) continue;
        const ours = await columnsOf(plural, object.apiVersion);
        const shown = ours.map((column) => cellOf(column, object));
        expect(shown).to.deep.equal(row);
        compared += 1;
      }
      expect(compared).to.be.greaterThan(0);
    });
  }

  /** Quotas whose usage was counted, a job that had started: what they came to was not recorded. */
  const unsettled = ['rq-ss', 'rq-sc', 'job-com', 'job-man'];

  function cellOf(column: Column, object: KubeObject): unknown {
    const value = column.cell(object, Date.parse(time) + 60_000);
    if (ages.has(column.name) && value !== '<none>') return 'AGE';
    if (column.name === 'Selector' && String(value).startsWith('controller-uid')) return 'controller-uid=UID';
    // The resource's name stands before its amount since v1.30.
    return column.name === 'Targets' ? String(value).replace(/\b(?:cpu|memory): /g, '') : value;
  }
});
