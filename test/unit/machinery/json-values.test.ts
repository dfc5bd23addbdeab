import { expect } from 'chai';
import fc from 'fast-check';
import {
  canonicalJson,
  deepEqual,
  deepFreeze,
  generateName,
  mutableCopy,
  randomSuffix,
  stableHash,
} from '../../../shared/machinery/index.ts';

const json = fc.json({ maxDepth: 4 });

/** The same JSON with every object's keys in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, field]) => [key, reversed(field)]),
  );
}

describe('JSON values', () => {
  it('are equal whatever the order of their keys', () => {
    fc.assert(
      fc.property(json, (text) => {
        const value: unknown = JSON.parse(text);
        expect(deepEqual(value, reversed(value))).to.equal(true);
        expect(canonicalJson(value)).to.equal(canonicalJson(reversed(value)));
        expect(stableHash(value)).to.equal(stableHash(reversed(value)));
      }),
    );
  });

  it('are equal exactly when their canonical texts are', () => {
    const small = fc.json({ maxDepth: 2, stringUnit: fc.constantFrom('a', 'b') });
    fc.assert(
      fc.property(small, small, (one, other) => {
        const [left, right]: unknown[] = [JSON.parse(one), JSON.parse(other)];
        expect(deepEqual(left, right)).to.equal(canonicalJson(left) === canonicalJson(right));
      }),
    );
  });

  it('differ by a null, a type, an item, a field', () => {
    expect(deepEqual({ a: null }, {})).to.equal(false);
    expect(deepEqual([], {})).to.equal(false);
    expect(deepEqual({ a: 1 }, { a: '1' })).to.equal(false);
    expect(deepEqual([1, 2], [2, 1])).to.equal(false);
    expect(deepEqual({ a: 1 }, { b: 1 })).to.equal(false);
    expect(deepEqual({ a: 1, b: undefined }, { a: 1 })).to.equal(true);
    expect(deepEqual({ a: undefined }, { b: undefined })).to.equal(true);
  });

  it('freeze to the last leaf, and copy to something that may be changed', () => {
    const pod = deepFreeze({ metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c' }] } });
    expect(() => {
      pod.metadata.labels.a = 'x';
    }).to.throw(TypeError);
    expect(() => pod.spec.containers.push({ name: 'd' })).to.throw(TypeError);
    const copy = mutableCopy(pod);
    copy.metadata.labels.a = 'x';
    copy.spec.containers.push({ name: 'd' });
    expect(copy.spec.containers).to.have.length(2);
    expect(pod.metadata.labels.a).to.equal('b');
  });

  it('copy as they are, keys of prototypes too', () => {
    fc.assert(
      fc.property(json, (text) => {
        const value: unknown = JSON.parse(text);
        expect(JSON.stringify(mutableCopy(deepFreeze(value)))).to.equal(JSON.stringify(value));
      }),
    );
    const hostile: unknown = JSON.parse('{"__proto__": {"polluted": true}}');
    expect(mutableCopy(hostile)).not.to.have.property('polluted');
    expect(JSON.stringify(mutableCopy(hostile))).to.equal('{"__proto__":{"polluted":true}}');
  });
});

describe('short names', () => {
  it('are made of letters and digits that spell no words', () => {
    expect(stableHash({ a: 1 })).to.match(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
    expect(randomSuffix()).to.match(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(randomSuffix(3, () => 0)).to.equal('bbb');
    expect(randomSuffix(3, () => 0.999)).to.equal('999');
  });

  it('are another for the same content when one is taken', () => {
    expect(stableHash({ a: 1 }, 1)).not.to.equal(stableHash({ a: 1 }));
    expect(stableHash({ a: 1, b: undefined })).to.equal(stableHash({ a: 1 }));
  });

  it('fit a label', () => {
    expect(generateName('web-', () => 0)).to.equal('web-bbbbb');
    expect(generateName('x'.repeat(100))).to.have.length(63);
  });
});
