import { expect } from 'chai';
import fc from 'fast-check';
import {
  ApiError,
  escapeFieldValue,
  formatLabelSelector,
  type LabelSelector,
  nothing,
  parseFieldSelector,
  parseLabelSelector,
  selectorFrom,
  selectorFromLabels,
} from '../../../shared/machinery/index.ts';

describe('a label selector', () => {
  const examples: [string, Record<string, string>, boolean][] = [
    ['', {}, true],
    ['a=b', { a: 'b' }, true],
    ['a==b', { a: 'c' }, false],
    ['a!=b', {}, true],
    ['a!=b', { a: 'b' }, false],
    ['a in (x,y)', { a: 'y' }, true],
    ['a in (x,y)', {}, false],
    ['a notin (x)', {}, true],
    ['a notin (x)', { a: 'x' }, false],
    ['a', { a: '' }, true],
    ['!a', { b: '' }, true],
    ['!a', { a: '' }, false],
    ['n>1', { n: '2' }, true],
    ['n>1', { n: '1' }, false],
    ['n<5', { n: '-7' }, true],
    ['n>1', { n: 'x' }, false],
    ['a=b , c in ( d , e ),!f', { a: 'b', c: 'e' }, true],
    ['constructor', {}, false],
    ['a=', { a: '' }, true],
    ['in in (in,notin)', { in: 'notin' }, true],
  ];
  for (const [text, labels, matches] of examples) {
    it(`${JSON.stringify(text)} ${matches ? 'selects' : 'leaves'} ${JSON.stringify(labels)}`, () => {
      expect(parseLabelSelector(text).matches(labels)).to.equal(matches);
    });
  }

  const malformed: [string, string][] = [
    ['a===b', "unable to parse requirement: found '=', expected: identifier"],
    ['a b c', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a in', "unable to parse requirement: found '' expected: '('"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['k=bad v', "found 'v', expected: ',' or 'end of string'"],
    [
      'a>1.5',
      `unable to parse requirement: values[0]: Invalid value: "1.5": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    [',', "found ',', expected: !, identifier, or 'end of string'"],
    ['a,', "found '', expected: identifier after ','"],
    ['a@b', 'unable to parse requirement: <nil>: Invalid value: "a@b": name part must consist of'],
    ['a=b@', 'unable to parse requirement: values[0][a]: Invalid value: "b@": a valid label must be'],
  ];
  for (const [text, message] of malformed) {
    it(`refuses ${JSON.stringify(text)} in upstream's words`, () => {
      expect(() => parseLabelSelector(text))
        .to.throw(ApiError, message)
        .with.property('code', 400);
    });
  }

  it('is also written as an object', () => {
    const selector = selectorFrom({
      matchLabels: { tier: 'web', app: 'shop' },
      matchExpressions: [
        { key: 'zone', operator: 'NotIn', values: ['b', 'a'] },
        { key: 'old', operator: 'DoesNotExist' },
      ],
    });
    expect(selector.toString()).to.equal('app=shop,!old,tier=web,zone notin (a,b)');
    expect(selector.matches({ app: 'shop', tier: 'web' })).to.equal(true);
    expect(selector.matches({ app: 'shop', tier: 'web', zone: 'a' })).to.equal(false);
  });

  it('selects nothing where it is absent, everything where it is empty', () => {
    expect(selectorFrom(undefined)).to.equal(nothing);
    expect(nothing.matches({})).to.equal(false);
    expect(selectorFrom({}).empty).to.equal(true);
    expect(selectorFromLabels(undefined).matches(undefined)).to.equal(true);
    expect(formatLabelSelector(undefined)).to.equal('<none>');
    expect(formatLabelSelector({})).to.equal('<none>');
  });

  const keys = fc.constantFrom('a', 'b', 'c', 'example.com/d');
  const values = fc.constantFrom('', 'x', 'y', '1', '22');
  const labels = fc.dictionary(keys, values);
  const expressions = fc.oneof(
    fc.record({
      key: keys,
      operator: fc.constantFrom('In', 'NotIn'),
      values: fc.array(values, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ key: keys, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
  );
  const selectors: fc.Arbitrary<LabelSelector> = fc.record({
    matchLabels: labels,
    matchExpressions: fc.array(expressions, { maxLength: 4 }),
  });

  it('means the same as its own text', () => {
    fc.assert(
      fc.property(selectors, labels, (object, given) => {
        const selector = selectorFrom(object);
        const again = parseLabelSelector(selector.toString());
        expect(again.toString()).to.equal(selector.toString());
        expect(again.matches(given)).to.equal(selector.matches(given));
      }),
    );
  });

  it('selects what each of its requirements selects', () => {
    fc.assert(
      fc.property(selectors, labels, (object, given) => {
        const each = [
          ...Object.entries(object.matchLabels ?? {}).map(([key, value]) => given[key] === value),
          ...(object.matchExpressions ?? []).map((one) =>
            selectorFrom({ matchExpressions: [one] }).matches(given),
          ),
        ];
        expect(selectorFrom(object).matches(given)).to.equal(each.every(Boolean));
      }),
    );
  });

  it('never fails otherwise than with a BadRequest', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab=!(),<> in') }), (text) => {
        try {
          parseLabelSelector(text);
        } catch (error) {
          expect(error).to.be.instanceOf(ApiError);
        }
      }),
    );
  });
});

describe('a field selector', () => {
  const pod: Record<string, string> = { 'metadata.name': 'x', 'status.phase': 'Running' };
  const matches = (text: string) => parseFieldSelector(text).matches((field) => pod[field] ?? '');

  it('compares fields with values', () => {
    expect(matches('metadata.name=x,status.phase!=Failed')).to.equal(true);
    expect(matches('metadata.name==y')).to.equal(false);
    expect(matches('spec.nodeName=')).to.equal(true);
    expect(parseFieldSelector('').empty).to.equal(true);
    expect(parseFieldSelector('metadata.name=x').exactly('metadata.name')).to.equal('x');
    expect(parseFieldSelector('metadata.name!=x').exactly('metadata.name')).to.equal(undefined);
  });

  const malformed: [string, string][] = [
    ['status.phase', "invalid selector: 'status.phase'; can't understand 'status.phase'"],
    ['a==b=c', 'invalid field selector: unescaped character in value: 61'],
    ['a=\\x', 'invalid field selector: invalid escape sequence: \\x'],
    ['status.phase>5', "invalid selector: 'status.phase>5'; can't understand 'status.phase>5'"],
  ];
  for (const [text, message] of malformed) {
    it(`refuses ${JSON.stringify(text)} in upstream's words`, () => {
      expect(() => parseFieldSelector(text))
        .to.throw(ApiError, message)
        .with.property('code', 400);
    });
  }

  it('carries any value when it is escaped', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const text = `a=${escapeFieldValue(one)},b!=${escapeFieldValue(other)}`;
        const selector = parseFieldSelector(text);
        expect(selector.requirements).to.deep.equal([
          { field: 'a', operator: '=', value: one },
          { field: 'b', operator: '!=', value: other },
        ]);
        expect(selector.toString()).to.equal(text);
      }),
    );
  });
});
