// Real mistakes in definitions and custom objects, and what Kubernetes v1.32 says of them.

import { expect } from 'chai';
import type { CustomResourcesFixture } from '../../support/custom-resources.ts';
import { readJson } from '../../support/fixture.ts';

interface Case {
  note: string;
  verb: string;
  path: string;
  contentType?: string;
  // biome-ignore lint/suspicious/noExplicitAny: bodies are JSON of any shape
  body?: any;
  code: number;
  message?: string;
  reason?: string;
  details?: object;
}

const cases: Case[] = readJson('custom-resources/errors.json');
const definitions = readJson('custom-resources/definitions.json');
const gadgets = '/apis/example.com/v1/namespaces/default/gadgets';

/** Values of definitions are shown as Go shows its structs there; here as JSON. */
const shownAsStructs =
  /Invalid value: (?:\[\])?(?:apiextensions\.CustomResourceDefinitionVersion\{.*?\}|string\(nil\)): must/g;
const shownAsJson = /Invalid value: (?:\[\]|\[?\{.*?\}\]?): must/g;

function comparable(message: string | undefined): string | undefined {
  return message
    ?.replace(shownAsStructs, 'Invalid value: …: must')
    .replace(shownAsJson, 'Invalid value: …: must');
}

describe('a custom resource or a definition that upstream refuses', () => {
  let server: CustomResourcesFixture;

  before(async () => {
    const { createAdmission } = await import('../../../hub/apiserver/index.ts');
    const { startCustomResources } = await import('../../support/custom-resources.ts');
    server = await startCustomResources({ admission: createAdmission });
    await server.must('POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
    const { metadata } = await server.must('POST', '/api/v1/namespaces', {
      body: { metadata: { name: 'e-term' } },
    });
    await server.must('DELETE', `/api/v1/namespaces/${metadata.name}`);
    await server.define(definitions.widgets.sent);
    await server.define(definitions.gadgets.sent);
    await server.must('POST', gadgets, {
      body: { apiVersion: 'example.com/v1', kind: 'Gadget', metadata: { name: 'e-g' }, spec: { size: 2 } },
    });
  });

  after(() => server.stop());

  /** The revision that was sent is not recorded: it was the newest, unless the mistake is about it. */
  async function bodyOf({ verb, path, body, message, note }: Case): Promise<unknown> {
    if (verb !== 'PUT' || !body.metadata || message?.includes('must be specified for an update')) return body;
    const [plain = ''] = path.split('?');
    if (plain.endsWith('/scale')) return body;
    const now = await server.must('GET', plain);
    const resourceVersion = note.includes('resourceVersion = "1"') ? '1' : now.metadata.resourceVersion;
    return { ...body, metadata: { ...body.metadata, resourceVersion } };
  }

  for (const each of cases) {
    it(`${each.message ? 'refuses' : 'takes'} ${each.verb} ${each.note.slice(0, 120)}`, async () => {
      const path = each.message ? each.path : each.path.replace('?', '?fieldManager=x&');
      const body = await bodyOf(each);
      const taken =
        !each.message && path.includes('gadgets?') ? { ...each.body, metadata: { name: 'new' } } : body;
      const answer = await server.ask(each.verb, path, {
        ...(taken !== undefined && { body: taken }),
        ...(each.contentType && { contentType: each.contentType }),
      });
      expect(answer.code).to.equal(each.code);
      if (!each.message) return;
      expect(comparable(answer.body.message)).to.equal(comparable(each.message));
      if (each.details) expect(answer.body.details).to.deep.equal(each.details);
    });
  }

  it('are all compared with their details, but for a few', () => {
    expect(cases.filter(({ details }) => details).length).to.be.greaterThan(60);
  });
});
