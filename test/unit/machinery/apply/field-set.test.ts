// The algebra of field sets, and their form on the wire.

import { expect } from 'chai';
import fc from 'fast-check';
import {
  difference,
  type FieldSet,
  FieldsPool,
  fieldPaths,
  fieldSetOf,
  fieldsV1Text,
  hasField,
  intersection,
  isEmptySet,
  parseFieldsV1,
  pathText,
  recursiveDifference,
  sameSet,
  union,
} from '../../../../shared/machinery/apply/index.ts';
import { ApiError } from '../../../../shared/machinery/index.ts';

const element = fc.constantFrom(
  'f:a',
  'f:b',
  'k:{"n":1}',
  'k:{"n":"x"}',
  'v:1',
  'v:"1"',
  'i:0',
  'i:10',
  'i:9',
);
const set = fc
  .array(fc.array(element, { minLength: 1, maxLength: 3 }), { maxLength: 8 })
  .map((paths) => fieldSetOf(...paths));

const texts = (of: FieldSet) => fieldPaths(of).map(pathText);

describe('field sets', () => {
  it('obey the laws of sets', () => {
    fc.assert(
      fc.property(set, set, set, (a, b, c) => {
        expect(sameSet(union(a, b), union(b, a))).to.equal(true);
        expect(sameSet(union(a, union(b, c)), union(union(a, b), c))).to.equal(true);
        expect(sameSet(union(a, a), a)).to.equal(true);
        expect(sameSet(intersection(a, b), intersection(b, a))).to.equal(true);
        expect(isEmptySet(difference(a, a))).to.equal(true);
        expect(isEmptySet(intersection(difference(a, b), b))).to.equal(true);
        expect(sameSet(union(difference(a, b), intersection(a, b)), a)).to.equal(true);
        expect(sameSet(difference(union(a, b), b), difference(a, b))).to.equal(true);
      }),
    );
  });

  it('share what an operation does not change', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const both = union(a, b);
        expect(union(both, b)).to.equal(both);
        const rest = difference(a, b);
        expect(difference(rest, b)).to.equal(rest);
      }),
    );
  });

  it('have exactly the fields that their paths name', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        for (const path of fieldPaths(union(a, b)))
          expect(hasField(a, path) || hasField(b, path)).to.equal(true);
        for (const path of fieldPaths(a))
          expect(hasField(difference(a, b), path)).to.equal(!hasField(b, path));
      }),
    );
  });

  it('lose what is below a field only when that is asked for', () => {
    const deep = fieldSetOf(['f:a'], ['f:a', 'f:b'], ['f:c', 'f:d']);
    const whole = fieldSetOf(['f:a'], ['f:c']);
    expect(texts(difference(deep, whole))).to.deep.equal(['.a.b', '.c.d']);
    expect(texts(recursiveDifference(deep, whole))).to.deep.equal([]);
  });

  it('come back from the wire as they were', () => {
    fc.assert(
      fc.property(set, (a) => {
        const text = fieldsV1Text(a);
        const back = parseFieldsV1(JSON.parse(text));
        expect(sameSet(back, a)).to.equal(true);
        expect(fieldsV1Text(back)).to.equal(text);
      }),
    );
  });

  it('are written in the order of Kubernetes: fields, keys, values, positions', () => {
    const all = fieldSetOf(
      ['i:10'],
      ['i:9'],
      ['v:"b"'],
      ['v:2'],
      ['v:10'],
      ['k:{"p":443}'],
      ['k:{"p":80}'],
      ['f:z'],
      ['f:z', 'f:y'],
    );
    expect(fieldsV1Text(all)).to.equal(
      String.raw`{"f:z":{".":{},"f:y":{}},"k:{\"p\":80}":{},"k:{\"p\":443}":{},"v:2":{},"v:10":{},"v:\"b\"":{},"i:9":{},"i:10":{}}`,
    );
  });

  it('read keys in any order, and drop kinds of steps that they do not know', () => {
    const read = parseFieldsV1({ 'k:{"b":2,"a":1}': {}, 'x:new': {}, 'f:a': { '.': {}, 'f:b': {} } });
    expect(texts(read)).to.deep.equal(['.a', '[a=1,b=2]', '.a.b']);
    expect(() => parseFieldsV1({ f: {} })).to.throw('key must be 2 characters long');
    expect(() => parseFieldsV1({ 'i:x': {} })).to.throw('strconv.Atoi');
  });
});

describe('the pool of field sets', () => {
  it('keeps equal sets once, frozen, and knows what they mean', () => {
    const pool = new FieldsPool();
    const one = pool.wireForm(fieldSetOf(['f:a', 'f:b']));
    const two = pool.wireForm(fieldSetOf(['f:a', 'f:b']));
    expect(one).to.equal(two);
    expect(one).to.be.frozen;
    expect(pool.setOf(one)).to.equal(pool.setOf(two));
    expect(texts(pool.setOf(JSON.parse(JSON.stringify(one))))).to.deep.equal(['.a.b']);
  });

  it('shares parts: sets that differ in one item have the rest in common', () => {
    const pool = new FieldsPool();
    const wire = (name: string) =>
      pool.wireForm(fieldSetOf(['f:common', 'f:x'], ['f:common', 'f:y'], ['f:own', `f:${name}`]));
    expect(wire('a')['f:common']).to.equal(wire('b')['f:common']);
  });

  it('takes what is wide and what is deep for little, and refuses what nobody could store', () => {
    const items = (count: number) =>
      Array.from({ length: count }, (_, at) => ['f:env', `k:{"name":"N${at}"}`, 'f:value']);
    const wire = new FieldsPool().wireForm(fieldSetOf(...items(5_000)));
    expect(parseFieldsV1(wire)).to.have.nested.property('size', 1);
    expect(Object.keys(wire['f:env'] ?? {})).to.have.length(5_000);
    const path = Array.from({ length: 500 }, () => 'f:a');
    const deep = fieldSetOf(...items(500).map((item) => [...path, ...item]));
    expect(sameSet(parseFieldsV1(new FieldsPool().wireForm(deep)), deep)).to.equal(true);
    expect(() => new FieldsPool().wireForm(fieldSetOf(...items(50_000)))).to.throw(
      ApiError,
      'Request entity too large: the managed fields of one writer take more than 786432 bytes',
    );
  });

  it('forgets the oldest beyond its bound', () => {
    const pool = new FieldsPool({ limit: 4 });
    for (let index = 0; index < 10; index += 1) pool.wireForm(fieldSetOf([`f:${index}`]));
    expect(pool.size).to.be.within(1, 4);
  });
});
