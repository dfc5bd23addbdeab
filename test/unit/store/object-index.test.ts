import { expect } from 'chai';
import fc from 'fast-check';
import { asLive } from '../../../hub/store/live.ts';
import { ObjectIndex } from '../../../hub/store/object-index.ts';

function object(name: string) {
  return asLive({ metadata: { name, resourceVersion: '1' } });
}

const keyOf = fc
  .tuple(
    fc.constantFrom('core', 'core-2', 'apps'),
    fc.constantFrom('pods', 'pods-2', 'nodes'),
    fc.constantFrom('_', 'a', 'a-b', 'a.b'),
    fc.constantFrom('x', 'x-1', 'x.1', 'y'),
  )
  .map((segments) => `/${segments.join('/')}`);
const prefixes = [
  '/',
  '/core/',
  '/core/pods/',
  '/core/pods/a/',
  '/core/pods/a-b/',
  '/none/',
  '/core/pods/none/',
];

describe('the index of objects', () => {
  it('keeps the order of all keys, whatever comes and goes', () => {
    const steps = fc.array(fc.record({ key: keyOf, remove: fc.boolean() }), { maxLength: 80 });
    fc.assert(
      fc.property(
        fc.uniqueArray(keyOf),
        steps,
        fc.option(keyOf, { nil: undefined }),
        fc.nat(5),
        (first, changes, after, limit) => {
          const model = new Map(first.map((key) => [key, object(key)]));
          const index = new ObjectIndex(new Map(model));
          for (const { key, remove } of changes) {
            if (remove) {
              model.delete(key);
              index.delete(key);
            } else {
              model.set(key, object(key));
              index.set(key, object(key));
            }
          }
          for (const prefix of prefixes) {
            const expected = [...model.keys()]
              .filter((key) => key.startsWith(prefix) && (after === undefined || key > after))
              .sort();
            expect([...index.keys(prefix, after)]).to.deep.equal(expected);
            expect(index.count(prefix, after)).to.equal(expected.length);
            const { objects, last } = index.take(prefix, after, limit);
            expect(objects.map(({ metadata }) => metadata.name)).to.deep.equal(expected.slice(0, limit));
            expect(last).to.equal(expected.slice(0, limit).at(-1));
          }
          expect(index.copy().size).to.equal(model.size);
        },
      ),
      { numRuns: 200 },
    );
  });
});
