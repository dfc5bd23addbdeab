// Objects within a custom object, and what upstream says of them (its schema/objectmeta).

import { expect } from 'chai';
import type { CustomResourcesFixture } from '../../support/custom-resources.ts';

const group = 'tests.example.com';
const path = `/apis/${group}/v1/foos`;
const embedded = {
  type: 'object',
  ...{ 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
};
const properties = {
  inner: { ...embedded, properties: { deep: embedded } },
  filled: {
    ...embedded,
    properties: {
      ...{ apiVersion: { type: 'string', default: 'v1' }, kind: { type: 'string', default: 'Pod' } },
      // What no metadata have may stand there, as in upstream, and nobody sees it.
      metadata: { type: 'object', default: { name: 'n', other: 'x' } },
    },
  },
};
const definition = {
  metadata: { name: `foos.${group}` },
  spec: {
    ...{ group, scope: 'Cluster', names: { plural: 'foos', kind: 'Foo' } },
    versions: [
      {
        ...{ name: 'v1', served: true, storage: true },
        schema: { openAPIV3Schema: { type: 'object', properties } },
      },
    ],
  },
};

describe('objects within a custom object', () => {
  let server: CustomResourcesFixture;
  const create = (fields: object) =>
    server.ask('POST', path, {
      body: { apiVersion: `${group}/v1`, kind: 'Foo', metadata: { name: 'one' }, ...fields },
    });

  before(async () => {
    const { startCustomResources } = await import('../../support/custom-resources.ts');
    server = await startCustomResources();
    await server.define(definition);
  });
  after(() => server.stop());

  const wrong = { apiVersion: 'a/b/c', kind: '%', metadata: { name: '..' } };
  const kind = `may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`;
  const faultsAt = (at: string) => [
    `${at}.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c`,
    `${at}.kind: Invalid value: "%": ${kind}`,
    `${at}.metadata.name: Invalid value: "..": may not be '..'`,
  ];

  it('are of some Kind and have a name that fits one', async () => {
    const { code, body } = await create({ inner: { ...wrong, deep: wrong } });
    expect(code).to.equal(422);
    const found = [...faultsAt('inner'), ...faultsAt('inner.deep')].join(', ');
    expect(body.message).to.equal(`Foo.${group} "one" is invalid: [${found}]`);
  });

  it('have no more of defaults for their metadata than metadata have', async () => {
    const { code, body } = await create({ metadata: { name: 'filled' }, filled: {} });
    expect(code, body.message).to.equal(201);
    expect(body.filled).to.deep.equal({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'n' } });
  });

  it('may have any name that is a part of a path, and no namespace', async () => {
    const { code, body } = await create({
      inner: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'A_b' } },
    });
    expect(code, body.message).to.equal(201);
  });

  it('have metadata of the right types', async () => {
    const metadata = { name: 'a', namespace: 42 };
    const { code, body } = await create({ inner: { apiVersion: 'v1', kind: 'Pod', metadata } });
    expect(code).to.equal(400);
    expect(body.message).to.equal(
      'Foo in version "v1" cannot be handled as a Foo: inner.metadata: Invalid value: map[string]interface {}{"name":"a", "namespace":42}: json: cannot unmarshal number into Go struct field ObjectMeta.namespace of type string',
    );
  });
});
