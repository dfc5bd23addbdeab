// What holds of every schema and every value: pruning and defaulting done twice change nothing, and what is valid stays so.

import { expect } from 'chai';
import fc from 'fast-check';
import {
  fillDefaults,
  type JsonSchemaProps,
  listTypeFaults,
  prune,
  validateValue,
} from '../../../shared/api/apiextensions/index.ts';

const names = ['a', 'b', 'c'];
const scalars: fc.Arbitrary<JsonSchemaProps> = fc.oneof(
  fc.record({
    type: fc.constant('string'),
    default: fc.option(fc.string(), { nil: undefined }),
    nullable: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('integer'),
    default: fc.option(fc.integer(), { nil: undefined }),
    minimum: fc.option(fc.integer(), { nil: undefined }),
  }),
  fc.constant({ 'x-kubernetes-int-or-string': true }),
);
const { schemas } = fc.letrec<{ schemas: JsonSchemaProps }>((tie) => ({
  schemas: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalars,
    fc.record({
      type: fc.constant('object'),
      properties: fc.dictionary(fc.constantFrom(...names), tie('schemas')),
      'x-kubernetes-preserve-unknown-fields': fc.option(fc.constant(true), { nil: undefined }),
      required: fc.subarray(names),
    }),
    fc.record({ type: fc.constant('object'), additionalProperties: tie('schemas') }),
    fc.record({
      type: fc.constant('array'),
      items: tie('schemas'),
      'x-kubernetes-list-type': fc.constantFrom('atomic', 'set'),
    }),
  ),
}));
const { values } = fc.letrec((tie) => ({
  values: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('values'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names, 'd', '__proto__', 'constructor'), tie('values')),
  ),
}));
const roots = fc.record({
  type: fc.constant('object'),
  properties: fc.dictionary(fc.constantFrom(...names), schemas),
});
const objects = fc.dictionary(fc.constantFrom(...names, 'd', 'metadata'), values);

describe('a structural schema', () => {
  it('prunes once and for all', () => {
    fc.assert(
      fc.property(roots, objects, (schema, object) => {
        prune(object, schema);
        const once = JSON.stringify(object);
        expect(prune(object, schema)).to.deep.equal([]);
        expect(JSON.stringify(object)).to.equal(once);
      }),
    );
  });

  it('fills in defaults once and for all, and shares none of them', () => {
    fc.assert(
      fc.property(roots, objects, (schema, object) => {
        const before = JSON.stringify(schema);
        fillDefaults(object, schema);
        const once = JSON.stringify(object);
        fillDefaults(object, schema);
        expect(JSON.stringify(object)).to.equal(once);
        expect(JSON.stringify(schema)).to.equal(before);
      }),
    );
  });

  it('lets a valid object stay valid, pruned and filled, and as an update of itself', () => {
    let valid = 0;
    fc.assert(
      fc.property(roots, objects, (schema, object) => {
        prune(object, schema);
        fillDefaults(object, schema);
        const found = [...validateValue(object, schema), ...listTypeFaults(object, schema)];
        if (found.length === 0) valid += 1;
        expect(validateValue(object, schema, '', { value: structuredClone(object) })).to.deep.equal([]);
        const again = structuredClone(object);
        prune(again, schema);
        fillDefaults(again, schema);
        expect([...validateValue(again, schema), ...listTypeFaults(again, schema)]).to.deep.equal(found);
      }),
    );
    expect(valid).to.be.greaterThan(0);
  });
});
