// A definition of two versions, each with its own defaults: which of them are kept, and which are only shown.

import { expect } from 'chai';
import type { CustomResourcesFixture } from '../../support/custom-resources.ts';

const group = 'tests.example.com';
const merge = 'application/merge-patch+json';

/** `v1` and `v2` have a default each in their own version. */
function version(name: string, storage: boolean) {
  const text = { type: 'string' };
  const properties = {
    a: text,
    v1: text,
    v2: text,
    replicas: { type: 'integer', default: 1 },
    [name]: { ...text, default: name },
  };
  const half = { type: 'object', properties };
  const scale = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' };
  return {
    ...{ name, storage, served: true, subresources: { status: {}, scale } },
    schema: { openAPIV3Schema: { type: 'object', properties: { spec: half, status: half } } },
  };
}

const definition = {
  metadata: { name: `foos.${group}` },
  spec: {
    ...{ group, scope: 'Cluster', names: { plural: 'foos', kind: 'Foo' } },
    versions: [version('v1', false), version('v2', true)],
  },
};

describe('a custom resource of two versions', () => {
  let server: CustomResourcesFixture;
  const path = (name: string) => `/apis/${group}/${name}/foos`;
  const foo = (name: string, at: string) => ({
    ...{ apiVersion: `${group}/${at}`, kind: 'Foo', metadata: { name } },
    spec: { a: 'a' },
  });

  beforeEach(async () => {
    const { startCustomResources } = await import('../../support/custom-resources.ts');
    server = await startCustomResources();
    await server.define(definition);
  });
  afterEach(() => server.stop());

  it('keeps the defaults of the version that it was sent in, and is shown with those of the stored one', async () => {
    const both = { a: 'a', replicas: 1, v1: 'v1', v2: 'v2' };
    const first = await server.must('POST', path('v1'), { body: foo('one', 'v1') });
    expect(first.spec).to.deep.equal(both);
    expect((await server.must('GET', `${path('v2')}/one`)).spec).to.deep.equal(both);
    const second = await server.must('POST', path('v2'), { body: foo('two', 'v2') });
    const stored = { a: 'a', replicas: 1, v2: 'v2' };
    expect(second.spec).to.deep.equal(stored);
    expect((await server.must('GET', `${path('v1')}/two`)).spec).to.deep.equal(stored);
  });

  it('has its status alone changed through the status, also by what defaults add', async () => {
    await server.must('POST', path('v2'), { body: foo('one', 'v2') });
    const options = { body: { status: {} }, contentType: merge };
    const { spec, status } = await server.must('PATCH', `${path('v1')}/one/status`, options);
    expect({ spec, status }).to.deep.equal({
      spec: { a: 'a', replicas: 1, v2: 'v2' },
      status: { replicas: 1, v1: 'v1', v2: 'v2' },
    });
  });

  it('has its subresources listed in the order of upstream', async () => {
    const { resources } = await server.must('GET', `/apis/${group}/v1`);
    expect(resources.map(({ name }: { name: string }) => name)).to.deep.equal([
      'foos',
      'foos/status',
      'foos/scale',
    ]);
  });
});
