import { expect } from 'chai';
import { createAdmission } from '../../../hub/apiserver/index.ts';
import { ServiceAllocator } from '../../../hub/apiserver/registry/index.ts';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';
import { readJson } from '../../support/fixture.ts';

interface Case {
  note: string;
  verb: string;
  path: string;
  contentType?: string;
  body?: unknown;
  code: number;
  status: { reason?: string; message?: string; details?: { causes?: object[] } };
}

const inRec = '/api/v1/namespaces/rec';
const appsInRec = '/apis/apps/v1/namespaces/rec';
const container = { name: 'c', image: 'nginx' };
const template = { metadata: { labels: { app: 'e' } }, spec: { containers: [container] } };

function pod(name: string, spec: object = {}) {
  return { metadata: { name }, spec: { containers: [container], ...spec } };
}

/** What was there when the answers were recorded. */
async function populate({ must }: ApiServerFixture): Promise<void> {
  for (const name of ['rec', 'rec2', 'default', 'kube-system']) {
    await must('POST', '/api/v1/namespaces', { body: namespace(name) });
  }
  const twoContainers = { containers: ['a', 'b'].map((name) => ({ name, image: 'x' })), nodeName: 'n1' };
  await must('POST', `${inRec}/pods`, { body: pod('e-pod') });
  await must('POST', `${inRec}/pods`, { body: pod('e-bound', { nodeName: 'n1' }) });
  await must('POST', `${inRec}/pods`, { body: pod('t-run', twoContainers) });
  await must('POST', `${inRec}/configmaps`, { body: { metadata: { name: 'e-cm' } } });
  const nodePort = { type: 'NodePort', ports: [{ port: 80 }] };
  await must('POST', `${inRec}/services`, { body: { metadata: { name: 'svc-np' }, spec: nodePort } });
  const spec = { selector: { matchLabels: { app: 'e' } }, template };
  await must('POST', `${appsInRec}/deployments`, { body: { metadata: { name: 'e-deployment' }, spec } });
}

/** Kubernetes says some faults twice: metadata is validated in two places there. */
function once(details: Case['status']['details']): object | undefined {
  if (!details?.causes) return details;
  const texts = new Set(details.causes.map((cause) => JSON.stringify(cause)));
  return { ...details, causes: [...texts].map((text) => JSON.parse(text)) };
}

/** Uids and revisions differ from those of the recording. */
function comparable(value: unknown): unknown {
  const text = JSON.stringify(value ?? null)
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, 'UID')
    .replaceAll('k8s.io/kubernetes/pkg', 'pkg');
  return JSON.parse(text);
}

describe('what the API refuses, in the words of Kubernetes', () => {
  const cases: Case[] = readJson('apiserver/errors.json');
  let server: ApiServerFixture;
  before(async () => {
    server = await startApiServer({
      admission: createAdmission,
      addresses: new ServiceAllocator({ serviceCidr: '10.43.0.0/16' }),
    });
    await populate(server);
  });
  after(() => server.stop());

  for (const { note, verb, path, contentType, body, code, status } of cases) {
    it(`${verb} ${path.slice(0, 100)}: ${note.slice(0, 80)}`, async () => {
      const asked = {
        ...(body !== null && body !== undefined && { body }),
        ...(contentType && { contentType }),
      };
      const answer = await server.ask(verb, path, asked);
      expect(comparable(answer.body.message)).to.equal(comparable(status.message));
      expect(answer.code).to.equal(code);
      expect(answer.body.reason).to.equal(status.reason);
      expect(comparable(answer.body.details)).to.deep.equal(comparable(once(status.details)));
    });
  }
});
