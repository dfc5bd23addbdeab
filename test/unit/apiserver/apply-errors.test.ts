// What server-side apply refuses, in the words of Kubernetes. The answers were recorded from v1.21; texts that v1.32 says
// otherwise are brought up to it, and what v1.21 answered with 500 is the client's mistake here: 400.

import { expect } from 'chai';
import { createAdmission } from '../../../hub/apiserver/index.ts';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';
import { readJson } from '../../support/fixture.ts';

interface Case {
  note: string;
  path: string;
  body: object;
  code: number;
  reason?: string;
  message?: string;
  details?: object;
}

const contentType = 'application/apply-patch+yaml';

describe('an apply that is refused', () => {
  const cases: Case[] = readJson('apply/errors.json');
  let server: ApiServerFixture;
  before(async () => {
    server = await startApiServer({ admission: createAdmission });
    const { must } = server;
    await must('POST', '/api/v1/namespaces', { body: namespace('rec') });
    const inRec = '/api/v1/namespaces/rec';
    const spec = { containers: [{ name: 'c', image: 'nginx' }] };
    await must('POST', `${inRec}/serviceaccounts`, { body: { metadata: { name: 'default' } } });
    await must('POST', `${inRec}/pods`, { body: { metadata: { name: 'e-pod' }, spec } });
    await must('POST', '/apis/apps/v1/namespaces/rec/deployments?fieldManager=rec', {
      body: {
        metadata: { name: 'e-deployment' },
        spec: {
          selector: { matchLabels: { app: 'e' } },
          template: { metadata: { labels: { app: 'e' } }, spec },
        },
      },
    });
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'e-apply' }, data: { k: '1' } };
    await must('PATCH', `${inRec}/configmaps/e-apply?fieldManager=one`, { contentType, body });
  });
  after(() => server.stop());

  for (const { note, path, body, code, reason, message, details } of cases) {
    it(note, async () => {
      const answer = await server.ask('PATCH', path, { contentType, body });
      expect(answer.code, answer.body.message).to.equal(code);
      if (code < 300) return;
      expect(answer.body.message).to.equal(message);
      expect(answer.body.reason).to.equal(reason);
      expect(answer.body.details).to.deep.equal(details);
    });
  }
});
