// What rules may cost: the figures are those of k8s.io/apiextensions-apiserver's TestCostEstimation, for schemas without and
// with limits.

import { expect } from 'chai';
import type { JsonSchemaProps } from '../../../shared/api/apiextensions/index.ts';
import { FieldPath } from '../../../shared/machinery/index.ts';

type Make = (most: number | undefined) => JsonSchemaProps;

const formats = ['duration', 'date', 'date-time'];
function item(type: string): JsonSchemaProps {
  if (type === 'int-or-string') return { 'x-kubernetes-int-or-string': true };
  return formats.includes(type) ? { type: 'string', format: type } : { type };
}
const limited = <K extends string>(field: K, most: number | undefined) =>
  most === undefined ? {} : { [field]: most };
const list =
  (items: JsonSchemaProps): Make =>
  (most) => ({ type: 'array', items, ...limited('maxItems', most) });
const map =
  (values: JsonSchemaProps): Make =>
  (most) => ({ type: 'object', additionalProperties: values, ...limited('maxProperties', most) });
const text =
  (more: JsonSchemaProps = {}): Make =>
  (most) => ({ type: 'string', ...more, ...limited('maxLength', most) });
const enumOf = (...values: string[]) => text({ enum: values });
const fields = { required: { type: 'string' }, optional: { type: 'string' } };
const object: JsonSchemaProps = { type: 'object', properties: fields, required: ['required'] };
const nestedMaps: Make = (most) => ({
  type: 'array',
  ...limited('maxItems', most),
  items: { type: 'object', ...limited('maxProperties', most), additionalProperties: object },
});
const texts: Make = (most) => ({ type: 'array', ...limited('maxItems', most), items: text()(most) });
const pair =
  (...names: string[]): Make =>
  (most) => ({ type: 'object', properties: Object.fromEntries(names.map((name) => [name, text()(most)])) });

const all = 'self.all(x, true)';
const tooMuch = 10_000_000;
/** schema, rule, its cost without limits, a limit, its cost with it. */
const costs: [string, Make, string, number | 'too much', number, number][] = [
  ['numbers', list(item('number')), all, 4718591, 10, 32],
  ['texts', list(item('string')), all, 3145727, 20, 62],
  ['truths', list(item('boolean')), all, 1887437, 5, 17],
  ['lists of numbers', list(list(item('number'))(undefined)), all, 3145727, 100, 302],
  ['a map of numbers', map(item('number')), all, 1348169, 10, 32],
  ['a map of texts', map(item('string')), all, 1179647, 3, 11],
  ['a map of truths', map(item('boolean')), all, 943718, 100, 302],
  ['a text', text(), "self.contains('test')", 314574, 10, 5],
  ['a text', text(), "self.startsWith('test')", 2, 15, 2],
  ['a text', text(), "self.endsWith('test')", 2, 30, 2],
  ['a text', text(), 'size(self + "hello") > size("hello")', 314578, 4, 7],
  ['numbers', list(item('number')), 'self[1] == 0.0', 2, 5000, 2],
  ['texts', list(item('string')), 'self[1] == self[1]', 314577, 8, 314577],
  ['numbers', list(item('number')), 'self.all(x, self.all(y, true))', 'too much', 10, 352],
  ['numbers', list(item('number')), 'self.all(x, self.all(y, self.all(z, true)))', 'too much', 10, 3552],
  ['a text', text(), 'self.matches("x")', 314574, 50, 22],
  ['a text', text(), '"".matches("(((((((((())))))))))[0-9]")', 7, 10, 7],
  ['a text', text(), 'self.matches("")', 1, 100, 1],
  ['a map of texts', (most) => map(text()(most))(most), 'self.all(x, x.contains(self[x]))', 2752507, 10, 72],
  ['a map of numbers', map(item('number')), 'self["x"] == 0.0', 2, 0, 2],
  ['a text', text(), 'self == "x"', 2, 0, 1],
  ['bytes', text({ format: 'byte' }), 'self == b"x"', 2, 0, 1],
  ['numbers', list(item('number')), 'self.all(x, x == 0.0)', 6291454, 3 * 1024 * 2048, 25165826],
  ['maps of objects', nestedMaps, 'self.all(x, x["y"].required == "z")', 7340027, 10, 72],
  ['ints or texts', list(item('int-or-string')), all, 4718591, 10, 32],
  ['ints or texts', list(item('int-or-string')), 'self[0] == 5', 3, 10, 3],
  ['truths', list(item('boolean')), 'self[0] == false', 2, 25, 2],
  ['objects', list(object), 'self[0] == null', 2, 422, 2],
  ['lists of numbers', list(list(item('number'))(undefined)), 'self[0][0] == -1.0', 3, 51, 3],
  ['maps of numbers', list(map(item('number'))(undefined)), 'self.all(x, x.y == 25.2)', 6291452, 12, 74],
  ['maps of numbers', list(map(item('number'))(undefined)), 'self[0].x > 2.0', 4, 3000, 4],
  ['durations', list(item('duration')), all, 2359295, 5, 17],
  ['durations', list(item('duration')), 'self[0].getHours() == 2', 4, 525, 4],
  ['dates', list(item('date')), all, 725936, 15, 47],
  ['times', list(item('date-time')), all, 428963, 25, 77],
  ['a map of ints or texts', map(item('int-or-string')), all, 1348169, 15, 47],
  ['a map of objects', map(object), all, 428963, 20, 62],
  ['a map of lists', map(list(item('number'))(undefined)), all, 1179647, 25, 77],
  ['a map of durations', map(item('duration')), all, 1048577, 5, 17],
  ['a map of dates', map(item('date')), all, 524288, 10, 32],
  ['a map of times', map(item('date-time')), all, 349526, 25, 77],
  ['a text', text(), "self.find('[0-9]+') == ''", 629147, 10, 11],
  ['texts', texts, "self.join(' ') == 'aa bb'", 329853068905, 10, 43],
  ['texts', texts, 'self.isSorted() == true', 329854432052, 10, 52],
  ['two texts', pair('str', 'separator'), 'self.str.split(self.separator) == []', 629160, 10, 22],
  ['a text', text(), "self.lowerAscii() == 'lower!'", 314575, 10, 6],
  ['a map of ints', map(item('integer')), 'oldSelf.size() == self.size()', 5, 10, 5],
  ['a map of times', map(item('date-time')), 'self["a"] == self["b"]', 8, 7, 8],
  ['a map of durations', map(item('duration')), 'self["c"] == self["d"]', 8, 42, 8],
  ['words', enumOf('A', 'B', 'C', 'LongValue'), "self.contains('A')", 2, 1000, 401],
];

describe('the estimated cost of a rule', () => {
  async function costOf(rule: string, schema: JsonSchemaProps): Promise<number> {
    const { RuleCompiler } = await import('../../../shared/api/apiextensions/cel/compiled-rule.ts');
    const compiled = new RuleCompiler().compile(rule, false, schema, false);
    if ('fault' in compiled) throw new Error(compiled.fault);
    return compiled.cost;
  }

  for (const [what, make, rule, without, most, withLimit] of costs)
    it(`about ${what}: ${rule}`, async () => {
      const cost = await costOf(rule, make(undefined));
      if (without === 'too much') expect(cost).to.be.greaterThan(tooMuch);
      else expect(cost).to.equal(without);
      expect(await costOf(rule, make(most))).to.equal(withLimit);
    });

  async function faultsOf(schema: JsonSchemaProps): Promise<string[]> {
    const { ruleFaults } = await import('../../../shared/api/apiextensions/cel/index.ts');
    return ruleFaults(schema, new FieldPath('s')).map(({ field, text }) => `${field}: ${text}`);
  }

  const hint =
    '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';
  const numbers = (rule: string, more: JsonSchemaProps = {}): JsonSchemaProps => ({
    ...list(item('integer'))(undefined),
    ...more,
    'x-kubernetes-validations': [{ rule }],
  });
  const within = (properties: Record<string, JsonSchemaProps>): JsonSchemaProps => ({
    type: 'object',
    properties,
  });

  it('is held against the budget of a rule', async () => {
    const rule = 'self.all(x, self.all(y, x == y))';
    expect(await faultsOf(within({ list: numbers(rule) }))).to.deep.equal([
      `s.properties[list].x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${hint}`,
      `s.properties[list].x-kubernetes-validations[0].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
      `s: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${hint}`,
    ]);
    expect(await faultsOf(within({ list: numbers(rule, { maxItems: 100 }) }))).to.deep.equal([]);
  });

  it('counts as often as the rule may be asked, and says by how much it is too much', async () => {
    const inner = numbers('self.all(x, x > 0)', { maxItems: 100 });
    const nested = (maxItems?: number) =>
      within({ outer: { type: 'array', items: inner, ...limited('maxItems', maxItems) } });
    // 100 items at 5 units and 2 beside them, 25,000 times.
    expect(await faultsOf(nested(25_000))).to.deep.equal([
      `s.properties[outer].items.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of 1.255000x ${hint}`,
    ]);
    expect(await faultsOf(nested(19_000))).to.deep.equal([]);
    // Nobody says how many: as many as a request holds.
    expect((await faultsOf(nested()))[0]).to.contain('estimated rule cost exceeds budget by factor of 52.6x');
  });

  it('is reckoned for messages too', async () => {
    const schema: JsonSchemaProps = {
      ...list(item('string'))(undefined),
      'x-kubernetes-validations': [{ rule: 'true', messageExpression: "self.join(',')" }],
    };
    expect((await faultsOf(within({ list: schema })))[0]).to.contain(
      'x-kubernetes-validations[0].messageExpression: Forbidden: estimated messageExpression cost exceeds budget by factor of more than 100x',
    );
  });

  it('is no matter where the schema was there before', async () => {
    const { definitionFaults } = await import('../../../shared/api/apiextensions/definition-validation.ts');
    const { loadSchemaSet } = await import('../../../shared/api/index.ts');
    const schemas = await loadSchemaSet();
    const rule = 'self.all(x, self.all(y, x == y))';
    const openAPIV3Schema = within({ list: numbers(rule) });
    const names = { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' };
    const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } };
    const spec = { group: 'example.com', names, scope: 'Namespaced', versions: [version] };
    const metadata = {
      ...{ name: 'things.example.com', uid: 'u', resourceVersion: '1' },
      creationTimestamp: '2026-01-01T00:00:00Z',
    };
    const definition = { metadata, spec, status: { storedVersions: ['v1'] } };
    expect(await definitionFaults(definition, schemas)).to.have.length(3);
    expect(await definitionFaults(definition, schemas, definition)).to.deep.equal([]);
    const changed = { ...version, schema: { openAPIV3Schema: { ...openAPIV3Schema, description: 'new' } } };
    const next = { ...definition, spec: { ...spec, versions: [changed] } };
    expect(await definitionFaults(next, schemas, definition)).to.have.length(3);
  });
});
