// What was read can be written back: nothing changes by it, although Go shows more than was said (`resources: {}`,
// `creationTimestamp: null`).

import { expect } from 'chai';
import { resources } from '../../../shared/api/index.ts';
import { apiVersionOf, mutableCopy } from '../../../shared/machinery/index.ts';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';
import { recordedDefaults, recordedSettled } from '../../support/recorded/recorded.ts';

type Json = Record<string, unknown> & { metadata?: Record<string, unknown> };

/** Given by the server, or about other objects. */
const notSent = [
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'ownerReferences',
  'managedFields',
  'finalizers',
];

describe('an object that is put back', () => {
  let server: ApiServerFixture;

  before(async () => {
    server = await startApiServer();
    await server.must('POST', '/api/v1/namespaces', { body: namespace('put-back') });
  });
  after(() => server.stop());

  const answered: Json[] = [
    ...recordedDefaults().map(({ got }) => got),
    ...Object.values(recordedSettled()),
  ].filter((object) => object?.kind && object.metadata);

  async function putBack(object: Json, name: string): Promise<string | undefined> {
    const row = resources.find(
      (each) => each.kind === object.kind && apiVersionOf(each) === object.apiVersion,
    );
    if (!row?.verbs.includes('update')) return undefined;
    const body = mutableCopy(object);
    body.metadata = { ...body.metadata, name: nameFor(row.kind, object, name) };
    if (row.namespaced) body.metadata.namespace = 'put-back';
    for (const field of notSent) delete body.metadata[field];
    const within = row.namespaced ? '/namespaces/put-back' : '';
    const at = `${row.group ? '/apis' : '/api'}/${apiVersionOf(row)}${within}/${row.resource}`;
    const made = await server.ask('POST', at, { body });
    // Some were answered under conditions that are not given here.
    if (made.code !== 201) return undefined;
    const path = `${at}/${body.metadata.name}`;
    const read = await server.must('GET', path);
    await server.clock.advance(2000);
    expect(await server.must('PUT', path, { body: read }), path).to.deep.equal(read);
    return row.kind;
  }

  /** Some are named after what they are about. */
  function nameFor(kind: string, { metadata }: Json, name: string): unknown {
    return kind === 'CustomResourceDefinition' || kind === 'APIService' ? metadata?.name : name;
  }

  it('is not changed by it', async () => {
    const kinds = new Set<string | undefined>();
    for (const [index, object] of answered.entries()) kinds.add(await putBack(object, `put-back-${index}`));
    expect(kinds).to.include.all.keys('CronJob', 'Deployment', 'EndpointSlice', 'Pod', 'Service');
  });
});
