// Definitions and objects of any form: the answer may be a refusal, but never that the server failed.

import { expect } from 'chai';
import fc from 'fast-check';
import type { CustomResourcesFixture } from '../../support/custom-resources.ts';

const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const junk = fc.oneof(
  fc.constantFrom('object', 'array', 'string', 'integer', 'x', '', '(', '^a', '.spec.a', 'true'),
  fc.integer({ min: -2, max: 3 }),
  fc.boolean(),
  fc.constant(null),
  fc.constant({}),
  fc.constant([]),
  fc.constant(['a']),
);
const keywords = [
  'type',
  'format',
  'pattern',
  'enum',
  'default',
  'minimum',
  'maxLength',
  'maxItems',
  'multipleOf',
  'required',
  'nullable',
  'x-kubernetes-int-or-string',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
];
const { schema } = fc.letrec((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    fc.dictionary(fc.constantFrom(...keywords), junk, { maxKeys: 4 }),
    fc.record({
      type: fc.constant('object'),
      properties: fc.dictionary(fc.constantFrom('a', 'b', 'spec'), tie('schema')),
    }),
    fc.record({ type: fc.constant('array'), items: tie('schema') }),
    fc.record({ type: fc.constant('object'), additionalProperties: tie('schema') }),
    fc.record({ type: fc.constant('object'), oneOf: fc.array(tie('schema'), { maxLength: 2 }) }),
    fc.record({
      type: fc.constant('object'),
      'x-kubernetes-validations': fc.array(
        fc.record({ rule: fc.constantFrom('self.a', 'true', 'has(self.a)', 'self ==', 'oldSelf == self') }),
      ),
    }),
    junk,
  ),
}));
const root = fc.oneof(
  schema,
  fc.record({
    type: fc.constant('object'),
    properties: fc.dictionary(fc.constantFrom('a', 'spec', 'metadata'), schema),
  }),
);

describe('a definition of any form', () => {
  let server: CustomResourcesFixture;

  before(async () => {
    const { startCustomResources } = await import('../../support/custom-resources.ts');
    server = await startCustomResources();
  });

  after(() => server.stop());

  it('is taken or refused, and so are its objects', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(
        root,
        fc.array(fc.dictionary(fc.constantFrom('a', 'b', 'spec'), fc.jsonValue()), { maxLength: 3 }),
        async (openAPIV3Schema, objects) => {
          const name = `k${taken}s.any.example.com`;
          const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } };
          const spec = {
            group: 'any.example.com',
            names: { plural: `k${taken}s`, kind: `K${taken}` },
            scope: 'Cluster',
            versions: [version],
          };
          const answer = await server.ask('POST', definitionsPath, { body: { metadata: { name }, spec } });
          expect(answer.code, JSON.stringify(answer.body)).to.be.lessThan(500);
          if (answer.code !== 201) return;
          const path = `/apis/any.example.com/v1/k${taken}s`;
          const apiVersion = 'any.example.com/v1';
          const { until } = await import('../../support/until.ts');
          await until('it to be served', () => server.api.index.find('any.example.com', 'v1', `k${taken}s`));
          for (const [index, object] of objects.entries()) {
            const body = { ...object, apiVersion, kind: `K${taken}`, metadata: { name: `o${index}` } };
            const created = await server.ask('POST', path, { body });
            expect(created.code, JSON.stringify(created.body)).to.be.lessThan(500);
          }
          taken += 1;
        },
      ),
      { numRuns: 150 },
    );
    expect(taken).to.be.greaterThan(5);
  }).timeout(20_000);
});
