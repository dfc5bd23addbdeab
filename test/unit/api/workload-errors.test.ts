// Workloads, their budgets, quotas and limits as a real API server refused them (or let them through although they look
// wrong). Recorded from v1.21; where v1.32 is known to answer otherwise, `errors-newer.json` says how.

import { expect } from 'chai';
import { createAdmission } from '../../../hub/apiserver/index.ts';
import type { KubeObject, StatusCause } from '../../../shared/machinery/index.ts';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';
import { readJson } from '../../support/fixture.ts';
import { alike, isGo, unique } from '../../support/recorded-causes.ts';

interface Recorded {
  note: string;
  verb: 'POST' | 'PUT' | 'GET' | 'DELETE';
  path: string;
  contentType?: string;
  body?: KubeObject | null;
  code: number;
  status?: { reason: string; message: string; details?: { causes?: StatusCause[] } };
}

const recorded: Recorded[] = readJson('api/workloads/errors.json').filter(
  ({ note }: Recorded) => !note.startsWith('quota:'),
);
/** note → the causes that v1.32 gives; none: it accepts. */
const newer: Record<string, StatusCause[]> = readJson('api/workloads/errors-newer.json');
/** note → why it is not compared. */
const elsewhere: Record<string, string> = readJson('api/workloads/errors-elsewhere.json');

const spec = {
  replicas: 0,
  selector: { matchLabels: { app: 'e' } },
  template: { metadata: { labels: { app: 'e' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
};

/** What stood when the updates were recorded. */
async function populate({ must }: ApiServerFixture): Promise<void> {
  for (const name of ['rec', 'kube-system'])
    await must('POST', '/api/v1/namespaces', { body: namespace(name) });
  const apps = '/apis/apps/v1/namespaces/rec';
  const { replicas: _, ...daemon } = spec;
  await must('POST', `${apps}/daemonsets`, { body: { metadata: { name: 'e-daemonset' }, spec: daemon } });
  const stateful = { metadata: { name: 'e-statefulset' }, spec: { ...spec, serviceName: 's' } };
  await must('POST', `${apps}/statefulsets`, { body: stateful });
  await must('POST', '/apis/batch/v1/namespaces/rec/jobs', {
    body: {
      metadata: { name: 'e-job' },
      spec: {
        suspend: false,
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'nginx' }] } },
      },
    },
  });
  const classes = '/apis/scheduling.k8s.io/v1/priorityclasses';
  await must('POST', classes, { body: { metadata: { name: 'e-pc' }, value: 5 } });
  await must('POST', classes, { body: { metadata: { name: 'system-node-critical' }, value: 2_000_001_000 } });
}

/** An update of a Job is one of the Job as it stands: its uid is in its labels. */
async function withChange(server: ApiServerFixture, { note, path }: Recorded): Promise<KubeObject> {
  const [, field = '', value = ''] = /^update of \w+: ([\w.]+) = (.*)$/.exec(note) ?? [];
  const object = await server.must('GET', path.replace(/\?.*/, ''));
  const steps = field.split('.');
  const last = steps.pop() ?? '';
  const parent = steps.reduce((place, step) => place[step], object);
  parent[last] = JSON.parse(value);
  return object;
}

/** What was let through was new when it was recorded. */
function sentBody({ verb, code, body }: Recorded): KubeObject | null | undefined {
  const { name } = body?.metadata ?? {};
  if (verb !== 'POST' || code !== 201 || !body || !name?.startsWith('e-')) return body;
  return { ...body, metadata: { ...body.metadata, name: `${name}-new` } };
}

function comparable(text: string): string {
  return text.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, 'UID');
}

describe('a workload that a real API server refused', () => {
  let server: ApiServerFixture;
  before(async () => {
    server = await startApiServer({ admission: createAdmission });
    await populate(server);
  });
  after(() => server.stop());

  for (const [position, each] of recorded.entries()) {
    const { note, verb, path, contentType, code, status } = each;
    if (elsewhere[note]) continue;
    const title = `${verb} ${position}: ${note.slice(0, 110)} (${path.split('/').at(-1)})`;
    it(title, async () => {
      const ofJob = verb === 'PUT' && path.includes('/jobs/');
      const body = ofJob ? await withChange(server, each) : sentBody(each);
      const asked = { ...(body && { body }), ...(contentType && { contentType }) };
      const answer = await server.ask(verb, path, asked);
      const expected = newer[note] ?? status?.details?.causes ?? [];
      const wanted = unique(expected);
      const causes: StatusCause[] = JSON.parse(comparable(JSON.stringify(answer.body.details?.causes ?? [])));
      expect(alike(unique(causes), wanted)).to.deep.equal(wanted);
      expect(answer.code).to.equal(newer[note] ? codeOf(expected, verb) : code);
      if (!status || newer[note] || expected.some(isGo)) return;
      expect(comparable(answer.body.message)).to.equal(
        status.message.replaceAll('k8s.io/kubernetes/pkg', 'pkg'),
      );
    });
  }
});

function codeOf(causes: readonly StatusCause[], verb: string): number {
  if (causes.length > 0) return 422;
  return verb === 'POST' ? 201 : 200;
}
