// Who manages what after applies, updates and creates, as a real Kubernetes API server answered. The answers are brought
// up to v1.32 where it differs: an owner reference and a Service's selector are one field each, writes of a status say so,
// new items of a list come where the configuration has them, and who applies an empty map does not own what others put in.

import { expect } from 'chai';
import { createAdmission } from '../../../hub/apiserver/index.ts';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';
import { readJson } from '../../support/fixture.ts';

interface Case {
  note: string;
  path: string;
  patch: object;
  code: number;
  after: { metadata?: object; message?: string };
  /** What somebody else did before. */
  first?: { path: string; patch: object };
}

interface Created {
  note: string;
  sent: { apiVersion: string; kind: string; metadata: { namespace?: string } };
  fieldsV1: object;
}

interface Entry {
  time?: string;
}

const merge = 'application/merge-patch+json';
const applyType = 'application/apply-patch+yaml';

describe('managed fields, as Kubernetes keeps them', () => {
  let server: ApiServerFixture;
  before(async () => {
    // What admission adds to a pod (a volume, with its defaults) belongs to nobody.
    server = await startApiServer({
      admission: (world) => createAdmission(world).filter(({ name }) => name === 'ServiceAccount'),
    });
    for (const name of ['rec', 'rec-limits']) {
      await server.must('POST', '/api/v1/namespaces', { body: namespace(name) });
      const body = { metadata: { name: 'default' } };
      await server.must('POST', `/api/v1/namespaces/${name}/serviceaccounts`, { body });
    }
  });
  after(() => server.stop());

  describe('through a sequence of applies', () => {
    const cases: Case[] = readJson('apply/sequence.json');
    for (const { note, path, patch, code, after, first } of cases) {
      it(note, async () => {
        if (first) await server.must('PATCH', first.path, { contentType: merge, body: first.patch });
        const answer = await server.ask('PATCH', path, { contentType: applyType, body: patch });
        expect(answer.code, answer.body.message).to.equal(code);
        expect(comparable(answer.body)).to.deep.include(after.message ? after : comparable(after));
      });
    }
  });

  describe('of what is created', () => {
    const cases: Created[] = readJson('apply/created.json');
    for (const { note, sent, fieldsV1 } of cases) {
      it(note, async () => {
        const answer = await server.ask('POST', `${collectionOf(sent)}?fieldManager=rec&dryRun=All`, {
          body: sent,
        });
        expect(answer.code, answer.body.message).to.equal(201);
        const { time, ...entry } = answer.body.metadata.managedFields[0];
        expect(time).to.match(/^\d{4}-.*Z$/);
        expect(entry).to.deep.equal({
          manager: 'rec',
          operation: 'Update',
          apiVersion: sent.apiVersion,
          fieldsType: 'FieldsV1',
          fieldsV1,
        });
      });
    }
  });
});

function collectionOf({ apiVersion, kind, metadata }: Created['sent']): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${group}/namespaces/${metadata.namespace ?? 'rec'}/${kind.toLowerCase()}s`;
}

/** The parts that the recording shows; times and addresses differ from run to run. */
function comparable(object: object): object {
  const { metadata, data, spec, message, reason, details } = JSON.parse(JSON.stringify(object));
  const { labels, finalizers, ownerReferences, managedFields = [] } = metadata ?? {};
  const shown = {
    labels,
    finalizers,
    ownerReferences,
    managedFields: managedFields.map(({ time: _, ...entry }: Entry) => entry),
  };
  for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) delete spec?.[field];
  // The recording leaves out times that are not set.
  delete spec?.template?.metadata.creationTimestamp;
  const isPod = spec?.containers !== undefined;
  return JSON.parse(
    JSON.stringify({
      ...(message ? { message, reason, details } : { metadata: shown }),
      ...(data && { data }),
      ...(spec && !isPod && { spec }),
    }),
  );
}
