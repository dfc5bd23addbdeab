import { expect } from 'chai';
import fc from 'fast-check';
import {
  ApiError,
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMerge,
  deepEqual,
  deepFreeze,
  type ObjectType,
  type SchemaSet,
} from '../../../shared/machinery/index.ts';

/** Without the key that every patch refuses. */
const json = fc
  .json({ maxDepth: 3 })
  .filter((text) => !text.includes('__proto__'))
  .map((text): unknown => JSON.parse(text));
const hostile: unknown = JSON.parse('{"a": {"__proto__": {"polluted": true}}}');

describe('JSON merge patch', () => {
  // RFC 7386, appendix A.
  const examples: [unknown, unknown, unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  examples.forEach(([original, patch, result], position) => {
    it(`follows the RFC's example ${position + 1}`, () => {
      expect(applyMergePatch(deepFreeze(original), deepFreeze(patch))).to.deep.equal(result);
    });
  });

  it('is the same when applied twice, and changes nothing when empty', () => {
    fc.assert(
      fc.property(json, json, (original, patch) => {
        const once = applyMergePatch(deepFreeze(original), deepFreeze(patch));
        expect(deepEqual(applyMergePatch(once, patch), once)).to.equal(true);
      }),
    );
    const original = { a: { b: 1 } };
    expect(applyMergePatch(original, {})).to.deep.equal(original);
  });

  it('shares what it does not touch', () => {
    const original = deepFreeze({ spec: { list: [1] }, status: { ready: false } });
    expect(applyMergePatch(original, { status: { ready: true } })).to.have.property('spec', original.spec);
  });

  it('does not reach prototypes', () => {
    expect(() => applyMergePatch({}, hostile)).to.throw(ApiError, '__proto__');
    const result = applyMergePatch({}, { constructor: { prototype: { polluted: true } } });
    expect(result).to.have.own.property('constructor');
    expect(Object.hasOwn(Object.prototype, 'polluted')).to.equal(false);
  });
});

describe('JSON patch', () => {
  const examples: [string, unknown, unknown[], unknown][] = [
    ['adds a member', { a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
    ['adds an item', { a: ['x'] }, [{ op: 'add', path: '/a/0', value: 'y' }], { a: ['y', 'x'] }],
    ['appends', { a: ['x'] }, [{ op: 'add', path: '/a/-', value: ['y'] }], { a: ['x', ['y']] }],
    ['removes', { a: [1, 2, 3] }, [{ op: 'remove', path: '/a/1' }], { a: [1, 3] }],
    ['replaces', { a: { b: 1 } }, [{ op: 'replace', path: '/a/b', value: null }], { a: { b: null } }],
    ['moves', { a: { b: 1 }, c: {} }, [{ op: 'move', from: '/a/b', path: '/c/d' }], { a: {}, c: { d: 1 } }],
    ['moves items', { a: [1, 2, 3] }, [{ op: 'move', from: '/a/0', path: '/a/2' }], { a: [2, 3, 1] }],
    ['copies', { a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
    [
      'tests',
      { a: { x: 1, y: [2] } },
      [{ op: 'test', path: '/a', value: { y: [2], x: 1 } }],
      { a: { x: 1, y: [2] } },
    ],
    [
      'reads escapes',
      { '/': 1, '~1': 2 },
      [
        { op: 'test', path: '/~01', value: 2 },
        { op: 'remove', path: '/~1' },
      ],
      { '~1': 2 },
    ],
    ['replaces the whole', { a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
    ['counts from the end', { a: [1, 2] }, [{ op: 'remove', path: '/a/-1' }], { a: [1] }],
    ['ignores other members', { a: 1 }, [{ op: 'add', path: '/b', value: 2, xyz: 3 }], { a: 1, b: 2 }],
  ];
  for (const [what, original, patch, result] of examples) {
    it(what, () => {
      expect(applyJsonPatch(deepFreeze(original), deepFreeze(patch))).to.deep.equal(result);
    });
  }

  it('keeps a copy apart from its source, and values apart from the patch', () => {
    const value = deepFreeze({ n: 1 });
    const patch = [
      { op: 'add', path: '/a', value },
      { op: 'copy', from: '/a', path: '/b' },
      { op: 'replace', path: '/a/n', value: 2 },
    ];
    expect(applyJsonPatch({}, patch)).to.deep.equal({ a: { n: 2 }, b: { n: 1 } });
  });

  const refused: [string, unknown[]][] = [
    ['a failed test', [{ op: 'test', path: '/a', value: 2 }]],
    ['a missing parent', [{ op: 'add', path: '/x/y', value: 1 }]],
    ['an index out of range', [{ op: 'add', path: '/list/3', value: 1 }]],
    ['a word as an index', [{ op: 'remove', path: '/list/length' }]],
    ['removing what is not there', [{ op: 'remove', path: '/constructor' }]],
    ['moving a value into itself', [{ op: 'move', from: '/list', path: '/list/0' }]],
    ['an unknown operation', [{ op: 'zap', path: '/a' }]],
    ['a pointer that is none', [{ op: 'remove', path: 'a' }]],
    [
      'copies that double and double',
      Array.from({ length: 40 }, (_, n) => ({ op: 'copy', from: '', path: `/c${n}` })),
    ],
    [
      'copies of a long text',
      [
        { op: 'add', path: '/a', value: 'x'.repeat(1024 * 1024) },
        ...Array.from({ length: 4 }, (_, n) => ({ op: 'copy', from: '/a', path: `/c${n}` })),
      ],
    ],
  ];
  for (const [what, patch] of refused) {
    it(`refuses ${what}`, () => {
      expect(() => applyJsonPatch({ a: 1, list: [1] }, patch))
        .to.throw(ApiError, 'the server rejected our request due to an error in our request')
        .with.property('code', 422);
    });
  }

  it('refuses what is no patch, too many operations, and prototypes', () => {
    expect(() => applyJsonPatch({}, {})).to.throw(
      ApiError,
      'json: cannot unmarshal object into Go value of type jsonpatch.Patch',
    );
    const many = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/a', value: 1 }));
    expect(() => applyJsonPatch({ a: 1 }, many))
      .to.throw(ApiError)
      .with.property('code', 413);
    const pointer = [{ op: 'add', path: '/__proto__/polluted', value: true }];
    expect(() => applyJsonPatch({}, pointer))
      .to.throw(ApiError)
      .with.property('code', 400);
    expect(() => applyJsonPatch({}, [{ op: 'add', path: '/a', value: hostile }])).to.throw(ApiError);
  });

  it('makes any document of any other, and never changes its input', () => {
    const names = fc.string().filter((name) => name !== '__proto__');
    const documents = fc.dictionary(names, json);
    fc.assert(
      fc.property(documents, documents, (from, to) => {
        const token = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1');
        const patch = [
          ...Object.keys(from).map((key) => ({ op: 'remove', path: `/${token(key)}` })),
          ...Object.entries(to).map(([key, value]) => ({ op: 'add', path: `/${token(key)}`, value })),
        ];
        expect(deepEqual(applyJsonPatch(deepFreeze(from), deepFreeze(patch)), to)).to.equal(true);
      }),
    );
  });
});

const types: Record<string, ObjectType> = {
  Box: {
    required: [],
    properties: {
      things: {
        type: 'array',
        items: { type: 'ref', name: 'Thing' },
        patchStrategy: 'merge',
        mergeKey: 'name',
      },
      tags: { type: 'array', items: { type: 'string' }, patchStrategy: 'merge' },
      words: { type: 'array', items: { type: 'string' } },
      labels: { type: 'map', values: { type: 'string' } },
      inner: { type: 'ref', name: 'Box' },
    },
  },
  Thing: {
    required: ['name'],
    properties: {
      name: { type: 'string' },
      size: { type: 'integer', format: 'int32' },
      inner: { type: 'ref', name: 'Box' },
    },
  },
};
const schemas: SchemaSet = {
  typeNamed(name) {
    const type = types[name];
    if (!type) throw new Error(`no type ${name}`);
    return type;
  },
};
const merged = (original: unknown, patch: unknown) =>
  applyStrategicMerge(deepFreeze(original), deepFreeze(patch), 'Box', schemas);

describe('strategic merge patch', () => {
  it('merges lists by their key, new items in front', () => {
    const original = { things: [{ name: 'a', size: 1 }, { name: 'b' }] };
    const patch = { things: [{ name: 'n' }, { name: 'a', size: 2 }] };
    expect(merged(original, patch)).to.deep.equal({
      things: [{ name: 'n' }, { name: 'a', size: 2 }, { name: 'b' }],
    });
  });

  it('leaves nulls and directives out of what is new', () => {
    const patch = {
      inner: {
        labels: { a: '1', b: null },
        things: [{ name: 'x', $patch: 'delete' }],
        $retainKeys: ['labels', 'things'],
      },
    };
    expect(merged({}, patch)).to.deep.equal({ inner: { labels: { a: '1' }, things: [] } });
  });

  const malformed: [unknown, string, number][] = [
    [[], 'json: cannot unmarshal array into Go value of type map[string]interface {}', 400],
    [{ things: [{ size: 1 }] }, 'map: map[size:1] does not contain declared merge key: name', 422],
    [
      { things: [{ $patch: 'delete' }] },
      'map: map[$patch:delete] does not contain declared merge key: name',
      422,
    ],
    [{ $patch: 'zap' }, 'unknown patch type: zap in map: map[$patch:zap]', 422],
    [
      { things: 'x' },
      ' "" is invalid: patch: Invalid value: "map[things:x]": cannot restore slice from string',
      422,
    ],
    [
      { '$deleteFromPrimitiveList/tags': 'x' },
      ' "" is invalid: patch: Invalid value: "map[$deleteFromPrimitiveList/tags:x]": cannot restore slice from string',
      422,
    ],
    [{ $retainKeys: ['tags'], words: [] }, 'invalid patch format of retainKeys', 400],
    [
      { things: [{ name: 'c', size: 2 }], '$setElementOrder/things': [{ name: 'z' }] },
      "The order in patch list:\n[map[name:c size:2]]\n doesn't match $setElementOrder list:\n[map[name:z]]\n",
      422,
    ],
    [{ things: [5] }, 'list element types are not identical: [[map[name:a]] [5]]', 422],
    [hostile, 'the key "__proto__" is not allowed in a patch', 400],
  ];
  for (const [patch, message, code] of malformed) {
    it(`refuses ${JSON.stringify(patch)}`, () => {
      const original = { things: [{ name: 'a' }] };
      const error = expect(() => merged(original, patch)).to.throw(ApiError);
      error.with.property('message', message);
      error.with.property('code', code);
    });
  }

  const names = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const labels = fc.dictionary(names, names);
  const things = fc.uniqueArray(
    fc.record({ name: names, size: fc.integer({ min: 0, max: 9 }) }, { requiredKeys: ['name'] }),
    { selector: ({ name }) => name, minLength: 1 },
  );
  const leaf = fc.record(
    { things, tags: fc.uniqueArray(names, { minLength: 1 }), words: fc.array(names), labels },
    { requiredKeys: [] },
  );
  const boxes = fc.record({ ...recordOf(leaf), inner: leaf }, { requiredKeys: [] });

  function recordOf(inner: typeof leaf) {
    return { things, tags: fc.uniqueArray(names, { minLength: 1 }), words: fc.array(names), labels, inner };
  }

  it('changes nothing when an object is its own patch', () => {
    fc.assert(
      fc.property(boxes, (box) => {
        expect(merged(box, box)).to.deep.equal(box);
      }),
    );
  });

  it('answers soon for long lists and deep patches', () => {
    const long = Array.from({ length: 30_000 }, (_, n) => ({ name: `${n}` }));
    const gone = long.map((item) => ({ ...item, $patch: 'delete' }));
    expect(merged({ things: long }, { things: long }).things).to.have.length(30_000);
    expect(merged({ things: long }, { things: gone }).things).to.deep.equal([]);
    const deep: unknown = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000));
    expect(() => applyStrategicMerge({}, { words: deep }, 'Box', schemas)).to.throw(ApiError, 'nested');
  }).timeout(2000);

  it('is the same when applied twice', () => {
    fc.assert(
      fc.property(boxes, boxes, (box, patch) => {
        const once = merged(box, patch);
        expect(merged(once, patch)).to.deep.equal(once);
      }),
    );
  });

  it('commutes where two patches touch different fields and different items', () => {
    fc.assert(
      fc.property(
        boxes,
        labels,
        fc.array(names),
        fc.integer(),
        fc.integer(),
        (box, one, words, left, right) => {
          const original = { ...box, things: [{ name: 'x' }, { name: 'y' }, ...(box.things ?? [])] };
          const first = { labels: one, things: [{ name: 'x', size: left }] };
          const second = { words, things: [{ name: 'y', size: right }] };
          expect(merged(merged(original, first), second)).to.deep.equal(
            merged(merged(original, second), first),
          );
        },
      ),
    );
  });
});
