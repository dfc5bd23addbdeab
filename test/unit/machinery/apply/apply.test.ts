// Several managers apply to one object: what each has, what is left when one lets go, and where they conflict.

import { expect } from 'chai';
import fc from 'fast-check';
import {
  ApplyConflict,
  checkTyped,
  claimedFields,
  fieldPaths,
  hasField,
  type Owners,
  pathText,
  sameSet,
} from '../../../../shared/machinery/apply/index.ts';
import type { JsonObject } from '../../../../shared/machinery/index.ts';
import { readJson } from '../../../support/fixture.ts';
import { gadget, reread, Story } from './typed.ts';

const spec = (fields: object): JsonObject => ({ spec: fields });

describe('an apply', () => {
  it('claims what it says, and not the structs on the way', () => {
    const story = new Story().apply('one', spec({ size: 1, opt: { x: 1 }, args: ['a'], whole: { a: 'b' } }));
    expect(story.fields.one).to.deep.equal({
      'f:spec': { 'f:size': {}, 'f:opt': { 'f:x': {} }, 'f:args': {}, 'f:whole': {} },
    });
  });

  it('claims items by their keys, with the default of a key that was left out', () => {
    const story = new Story().apply(
      'one',
      spec({ ports: [{ port: 80 }], list: [{ k: 'a', v: 1 }], set: ['x'] }),
    );
    expect(story.fields.one).to.deep.equal({
      'f:spec': {
        'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } },
        'f:list': { 'k:{"k":"a"}': { '.': {}, 'f:k': {}, 'f:v': {} } },
        'f:set': { 'v:"x"': {} },
      },
    });
  });

  it('takes away items that its manager leaves out, and leaves those of others', () => {
    const story = new Story()
      .apply('one', spec({ list: [{ k: 'a' }, { k: 'b' }], set: ['x'] }))
      .apply('two', spec({ list: [{ k: 'c' }], set: ['y'] }))
      .apply('one', spec({ list: [{ k: 'b' }] }));
    expect(story.object).to.deep.equal(spec({ list: [{ k: 'b' }, { k: 'c' }], set: ['y'] }));
  });

  it('leaves of an item that is given up what others have in it', () => {
    const story = new Story()
      .apply('one', spec({ list: [{ k: 'a', v: 1 }] }))
      .apply('two', spec({ list: [{ k: 'a', w: 'mine' }] }))
      .apply('one', spec({}));
    expect(story.object).to.deep.equal(spec({ list: [{ k: 'a', w: 'mine' }] }));
  });

  it('puts new items where the configuration has them, and keeps the order of the others', () => {
    const order = (live: string[], wanted: string[]) => {
      const story = new Story();
      story.object = spec({ set: live });
      return (story.apply('one', spec({ set: wanted }), true).object.spec as { set: string[] }).set.join('');
    };
    expect(order(['b', 'z'], ['a', 'b'])).to.equal('abz');
    expect(order(['a', 'b', 'c'], ['c', 'a'])).to.equal('bca');
    expect(order(['a', 'b', 'c', 'd'], ['d', 'x', 'b'])).to.equal('acdxb');
    expect(order(['a'], ['x', 'y'])).to.equal('axy');
    expect(order([], ['x', 'y'])).to.equal('xy');
  });

  it('conflicts with who has a field with another value, by the whole of an atomic one', () => {
    const story = new Story().apply('one', spec({ size: 1, args: ['a', 'b'], opt: { x: 1 } }));
    expect(() => story.apply('two', spec({ size: 2, args: ['a'], opt: { y: 'mine' } })))
      .to.throw(ApplyConflict)
      .with.property('conflicts')
      .that.satisfies((conflicts: ApplyConflict['conflicts']) => {
        expect(conflicts.map(({ path }) => pathText(path))).to.deep.equal(['.spec.args', '.spec.size']);
        return true;
      });
  });

  it('shares a field with who says the same', () => {
    const story = new Story().apply('one', spec({ size: 1 })).apply('two', spec({ size: 1 }));
    expect(Object.keys(story.fields)).to.deep.equal(['one', 'two']);
    expect(story.apply('one', {}).object).to.deep.equal(spec({ size: 1 }));
    expect(story.apply('two', {}).object.spec ?? {}).to.deep.equal({});
  });

  it('leaves to others what they put into an empty map, and what stands twice in a list', () => {
    const story = new Story()
      .apply('one', spec({ map: {} }))
      .apply('two', spec({ map: { a: 1 } }))
      .apply('two', spec({ map: { a: 2 } }));
    expect(story.fields).to.deep.equal({
      one: { 'f:spec': { 'f:map': {} } },
      two: { 'f:spec': { 'f:map': { 'f:a': {} } } },
    });
    const items = [
      { k: 'a', v: 1 },
      { k: 'a', v: 2 },
    ];
    const twice = new Story().update('edit', spec({ list: items }));
    expect(twice.apply('one', spec({ list: [{ k: 'b', v: 3 }] })).fields).to.deep.equal({
      edit: { 'f:spec': { '.': {}, 'f:list': { '.': {}, 'k:{"k":"a"}': {} } } },
      one: { 'f:spec': { 'f:list': { 'k:{"k":"b"}': { '.': {}, 'f:k': {}, 'f:v': {} } } } },
    });
  });

  it('gives the fields of free-form JSON owners of their own, but not its lists', () => {
    const story = new Story()
      .apply('one', spec({ any: { a: { x: 1 }, list: [1] } }))
      .apply('two', spec({ any: { a: { y: 2 } } }));
    expect(story.object).to.deep.equal(spec({ any: { a: { x: 1, y: 2 }, list: [1] } }));
    expect(story.fields).to.deep.equal({
      one: { 'f:spec': { 'f:any': { 'f:a': { '.': {}, 'f:x': {} }, 'f:list': {} } } },
      two: { 'f:spec': { 'f:any': { 'f:a': { '.': {}, 'f:y': {} } } } },
    });
    expect(() => story.apply('two', spec({ any: { list: [2] } }))).to.throw('conflicts in 1 fields');
    expect(story.apply('one', spec({ any: { a: 5 } }), true).object).to.deep.equal(spec({ any: { a: 5 } }));
  });

  it('an update takes what it changes from everybody', () => {
    const story = new Story()
      .apply('one', spec({ size: 1, mode: 'a' }))
      .update('edit', spec({ size: 2, mode: 'a' }));
    expect(story.fields).to.deep.equal({
      one: { 'f:spec': { 'f:mode': {} } },
      edit: { 'f:spec': { 'f:size': {} } },
    });
  });

  it('owns an item as a whole where a list has it twice', () => {
    const story = new Story().update(
      'old',
      spec({
        list: [
          { k: 'a', v: 1 },
          { k: 'a', v: 2 },
        ],
      }),
    );
    expect(story.fields.old).to.have.nested.property('f:spec.f:list').that.deep.equals({
      '.': {},
      'k:{"k":"a"}': {},
    });
    story.apply('one', spec({ list: [{ k: 'a', v: 3 }] }), true);
    expect(story.object).to.deep.equal(spec({ list: [{ k: 'a', v: 3 }] }));
  });

  it('merges the oldest of more than ten updaters', () => {
    const story = new Story();
    for (let size = 1; size <= 14; size += 1) {
      story.update(
        `updater-${size}`,
        spec({ map: Object.fromEntries(range(size).map((n) => [`k${n}`, n])) }),
      );
    }
    expect(story.entries).to.have.length(10);
    expect(story.entries.map(({ manager }) => manager)).to.include('ancient-changes');
  });

  it('names every fault of a configuration that is not of its type', () => {
    const wrong = spec({ size: 'big', nope: 1, list: [{ v: 1 }], set: ['x', 'x'] });
    expect(() => checkTyped(gadget.shapes, 'Gadget', wrong)).to.throw(
      'errors:\n  .spec.size: expected numeric (int or float), got string\n  .spec.nope: field not declared in schema\n' +
        '  .spec.set: duplicate entries for key [="x"]',
    );
    const twice = spec({ list: [{ k: 'a' }, 'b'] });
    expect(() => checkTyped(gadget.shapes, 'Gadget', twice)).to.throw(
      '.spec.list: element 1: associative list with keys may not have non-map elements',
    );
  });
});

describe('applies to a custom resource, as Kubernetes answered them', () => {
  interface Case {
    note: string;
    path: string;
    patch: { spec: object };
    code: number;
    after: {
      spec: object;
      message?: string;
      metadata: { managedFields: { manager: string; fieldsV1: object }[] };
    };
  }
  const story = new Story();
  const defaults = { mode: 'a', opt: { x: 1 } };
  for (const { note, path, patch, code, after } of readJson('apply/custom-resource.json') as Case[]) {
    it(note, () => {
      const name = new URLSearchParams(path.split('?')[1]).get('fieldManager') ?? '';
      const apply = () => story.apply(name, { spec: patch.spec });
      if (code === 409) {
        expect(apply)
          .to.throw(ApplyConflict)
          .that.satisfies((error: ApplyConflict) => {
            return error.toApiError().message === after.message;
          });
        return;
      }
      apply();
      expect({ ...defaults, ...(story.object.spec as object) }).to.deep.equal(after.spec);
      for (const { manager, fieldsV1 } of after.metadata.managedFields)
        expect(story.fields[manager]).to.deep.equal(fieldsV1);
    });
  }
});

describe('whatever is applied', () => {
  const keys = fc.constantFrom('a', 'b', 'c');
  const items = fc.uniqueArray(
    fc.record({ k: keys, v: fc.nat(3), w: fc.constantFrom('p', 'q') }, { requiredKeys: ['k'] }),
    {
      selector: ({ k }) => k,
      minLength: 1,
    },
  );
  const config = fc
    .record(
      {
        size: fc.nat(2),
        mode: fc.constantFrom('a', 'b'),
        list: items,
        set: fc.uniqueArray(keys, { minLength: 1 }),
        args: fc.array(keys, { minLength: 1, maxLength: 2 }),
        map: fc.dictionary(keys, fc.nat(2), { minKeys: 1 }),
      },
      { requiredKeys: [] },
    )
    .map(spec);
  const claimed = (of: JsonObject) => claimedFields(gadget.shapes, 'Gadget', of);
  const setsOf = (owners: Owners) =>
    [...owners.values()].map(({ manager, set }) => [manager.name, fieldPaths(set)]);

  it('applying the same again changes nothing', () => {
    fc.assert(
      fc.property(config, config, (first, second) => {
        const story = new Story().apply('one', first).apply('two', second, true);
        const { object, entries } = story;
        story.apply('two', second);
        expect(story.object).to.deep.equal(object);
        expect(story.entries).to.deep.equal(entries);
      }),
    );
  });

  it('managers of different fields never conflict', () => {
    const split = fc.tuple(config, fc.infiniteStream(fc.boolean())).map(([{ spec: whole }, ours]) => {
      const fields = Object.entries(whole ?? {});
      const mine = fields.filter(() => ours.next().value);
      return [
        spec(Object.fromEntries(mine)),
        spec(Object.fromEntries(fields.filter((field) => !mine.includes(field)))),
      ];
    });
    fc.assert(
      fc.property(split, config, ([first = {}, second = {}], before) => {
        const story = new Story().update('old', before).apply('one', first, true).apply('two', second, true);
        expect(() => story.apply('one', first).apply('two', second)).not.to.throw();
      }),
    );
  });

  it('what a manager leaves out goes exactly if nobody else has it', () => {
    fc.assert(
      fc.property(config, config, (first, second) => {
        const story = new Story().apply('one', first).apply('two', second, true);
        const others = claimed(second);
        story.apply('one', {});
        for (const path of fieldPaths(claimed(story.object)))
          expect(hasField(others, path), pathText(path)).to.equal(true);
        for (const path of fieldPaths(others)) expect(hasField(claimed(story.object), path)).to.equal(true);
      }),
    );
  });

  it('force takes the fields that differ, and only those', () => {
    fc.assert(
      fc.property(config, config, (first, second) => {
        const story = new Story().apply('one', first).apply('two', second, true);
        expect(
          sameSet(
            story.owners.get('{"manager":"two","operation":"Apply"}')?.set ?? new Map(),
            claimed(second),
          ),
        ).to.equal(true);
        expect(() => story.apply('two', second)).not.to.throw();
        for (const path of fieldPaths(claimed(second)))
          expect(hasField(claimed(story.object), path)).to.equal(true);
      }),
    );
  });

  it('managed fields come back from the wire as they were', () => {
    fc.assert(
      fc.property(config, config, (first, second) => {
        const story = new Story().apply('one', first).update('two', second);
        expect(setsOf(reread(story))).to.have.deep.members(setsOf(story.owners));
      }),
    );
  });
});

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
