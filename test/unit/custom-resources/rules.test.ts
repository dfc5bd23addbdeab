// Rules in CEL: what Kubernetes' documentation says of x-kubernetes-validations.

import { expect } from 'chai';
import type { JsonSchemaProps, ValidationRule } from '../../../shared/api/apiextensions/index.ts';
import type { FieldError } from '../../../shared/machinery/index.ts';

const told = (found: readonly FieldError[]) => found.map(({ field, text }) => `${field}: ${text}`);

const schemaWith = (spec: JsonSchemaProps): JsonSchemaProps => ({ type: 'object', properties: { spec } });

describe('rules of a schema', () => {
  async function check(schema: JsonSchemaProps, next: object, old?: object): Promise<string[]> {
    const { ruleChecker } = await import('../../../shared/api/apiextensions/cel/index.ts');
    return told(ruleChecker(schema)(next, old));
  }

  const spec = (rules: ValidationRule[], properties: Record<string, JsonSchemaProps>) =>
    schemaWith({ type: 'object', properties, 'x-kubernetes-validations': rules });
  const integers = { minReplicas: { type: 'integer' }, replicas: { type: 'integer' } };

  it('say what is wrong, in their words or in their own', async () => {
    const rule = 'self.minReplicas <= self.replicas';
    const wrong = { spec: { minReplicas: 3, replicas: 1 } };
    expect(await check(spec([{ rule }], integers), wrong)).to.deep.equal([
      'spec: Invalid value: "object": failed rule: self.minReplicas <= self.replicas',
    ]);
    expect(await check(spec([{ rule, message: 'too few' }], integers), wrong)).to.deep.equal([
      'spec: Invalid value: "object": too few',
    ]);
    expect(await check(spec([{ rule }], integers), { spec: { minReplicas: 1, replicas: 3 } })).to.deep.equal(
      [],
    );
  });

  it('know lists whose items have keys, and such as are sets', async () => {
    const entry = { type: 'object', properties: { 'a-b': { type: 'string' }, v: { type: 'integer' } } };
    const listed: Record<string, JsonSchemaProps> = {
      keyed: {
        ...{ type: 'array', items: entry },
        ...{ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['a-b'] },
      },
      set: { type: 'array', items: { type: 'integer' }, 'x-kubernetes-list-type': 'set' },
      plain: { type: 'array', items: { type: 'integer' } },
    };
    const of = (...pairs: [string, number][]) => pairs.map(([key, v]) => ({ 'a-b': key, v }));
    const next = { spec: { keyed: of(['x', 1], ['y', 2]), set: [1, 2], plain: [1, 2] } };
    const old = { spec: { keyed: of(['y', 2], ['x', 1]), set: [2, 1], plain: [2, 1] } };
    const holds = async (rule: string) => (await check(spec([{ rule }], listed), next, old)).length === 0;
    const truths = [
      'self.set == oldSelf.set && !(self.set != oldSelf.set) && self.set == [2, 1] && self.set != [1, 3]',
      'self.plain != oldSelf.plain && self.plain != [2, 1]',
      'self.keyed == oldSelf.keyed && !(self.keyed != oldSelf.keyed)',
      'self.set + [2, 3, 3] == [3, 1, 2] && size(self.set + oldSelf.set) == 2 && (self.set + [3])[2] == 3',
      "size(self.keyed + [{'a__dash__b': 'x', 'v': 7}]) == 2 && (self.keyed + [{'a__dash__b': 'x', 'v': 7}])[0].v == 7",
      "size(self.keyed + [{'a__dash__b': 'z', 'v': 7}]) == 3 && size(self.plain + oldSelf.plain) == 4",
      '{1: self.set} == {1: oldSelf.set} || [self.set] != [oldSelf.set]',
    ];
    for (const rule of truths) expect([rule, await holds(rule)]).to.deep.equal([rule, true]);
    const unordered = spec([{ rule: 'self == oldSelf', message: 'changed' }], listed);
    const [before, after] = [old, next].map(({ spec: { keyed, set } }) => ({ spec: { keyed, set } }));
    expect(await check(unordered, after ?? {}, before)).to.deep.equal([]);
    const other = { spec: { set: [1, 2], keyed: of(['x', 1], ['y', 3]) } };
    expect(await check(unordered, after ?? {}, other)).to.deep.equal([
      'spec: Invalid value: "object": changed',
    ]);
  });

  it('may compose their message, name a reason and a field', async () => {
    const rule: ValidationRule = {
      rule: 'self.minReplicas <= self.replicas',
      messageExpression: '"replicas may not be less than " + string(self.minReplicas)',
      reason: 'FieldValueForbidden',
      fieldPath: '.replicas',
    };
    expect(await check(spec([rule], integers), { spec: { minReplicas: 3, replicas: 1 } })).to.deep.equal([
      'spec.replicas: Forbidden: replicas may not be less than 3',
    ]);
  });

  it('compare with what was, where something was', async () => {
    const schema = schemaWith({
      type: 'object',
      properties: {
        fixed: {
          type: 'string',
          'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'is immutable' }],
        },
        grown: {
          type: 'integer',
          'x-kubernetes-validations': [
            {
              rule: '!oldSelf.hasValue() || self >= oldSelf.value()',
              optionalOldSelf: true,
              message: 'only grows',
            },
          ],
        },
      },
    });
    expect(await check(schema, { spec: { fixed: 'a', grown: 1 } })).to.deep.equal([]);
    const old = { spec: { fixed: 'a', grown: 2 } };
    expect(await check(schema, { spec: { fixed: 'b', grown: 1 } }, old)).to.deep.equal([
      'spec.fixed: Invalid value: "string": is immutable',
      'spec.grown: Invalid value: "integer": only grows',
    ]);
  });

  it('let what was wrong before stay', async () => {
    const schema = spec([{ rule: 'self.replicas > 0' }], integers);
    const wrong = { spec: { replicas: 0 } };
    expect(await check(schema, wrong)).to.have.length(1);
    expect(await check(schema, wrong, structuredClone(wrong))).to.deep.equal([]);
  });

  it('let an item stay only where a key tells which it was', async () => {
    const item: JsonSchemaProps = {
      type: 'object',
      properties: { name: { type: 'string' } },
      'x-kubernetes-validations': [{ rule: "self.name != 'x'" }],
    };
    const lists = schemaWith({
      type: 'object',
      properties: {
        map: {
          ...{ type: 'array', items: item },
          ...{ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
        },
        set: {
          ...{ type: 'array', items: { ...item, 'x-kubernetes-map-type': 'atomic' } },
          'x-kubernetes-list-type': 'set',
        },
        atomic: { type: 'array', items: item },
      },
    });
    const of = (...names: string[]) => names.map((name) => ({ name }));
    const spec = (...names: string[]) => ({
      spec: { map: of(...names), set: of(...names), atomic: of(...names) },
    });
    const told = await check(lists, spec('x', 'y'), spec('x'));
    expect(told.map((text) => text.split(':')[0])).to.deep.equal(['spec.set[0]', 'spec.atomic[0]']);
  });

  it('are asked of every item and every value', async () => {
    const schema = schemaWith({
      type: 'object',
      properties: {
        list: {
          type: 'array',
          items: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self.size() < 3' }] },
        },
        map: {
          type: 'object',
          additionalProperties: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > 0' }] },
        },
      },
    });
    expect(await check(schema, { spec: { list: ['a', 'long'], map: { 'a.b': 0 } } })).to.deep.equal([
      'spec.list[1]: Invalid value: "string": failed rule: self.size() < 3',
      'spec.map[a.b]: Invalid value: "integer": failed rule: self > 0',
    ]);
  });

  const values: Record<string, JsonSchemaProps> = {
    text: { type: 'string' },
    'with-dash': { type: 'string' },
    unset: { type: 'string' },
    namespace: { type: 'string' },
    at: { type: 'string', format: 'date-time' },
    until: { type: 'string', format: 'date-time' },
    every: { type: 'string', format: 'duration' },
    names: { type: 'array', maxItems: 10, items: { type: 'string', maxLength: 10 } },
    numbers: { type: 'array', maxItems: 1000, items: { type: 'integer' } },
    ratio: { type: 'number' },
    port: { 'x-kubernetes-int-or-string': true },
    quantity: { type: 'string' },
  };
  const sample = {
    text: 'abc-42',
    'with-dash': 'x',
    namespace: 'n',
    at: '2024-01-01T00:00:00Z',
    until: '2024-01-02T00:00:00Z',
    every: '1m30s',
    names: ['b', 'a'],
    numbers: [1, 2, 3],
    ratio: 1,
    port: 80,
    quantity: '1500m',
  };
  const holding = [
    'has(self.text) && !has(self.unset)',
    "self.with__dash__dash == 'x'",
    "self.__namespace__ == 'n'",
    "self.at < self.until && self.until - self.at == duration('24h')",
    "self.every == duration('90s') && self.every < duration('2m')",
    "self.names.exists(n, n == 'a') && !self.names.isSorted() && self.names.indexOf('a') == 1",
    'self.numbers.sum() == 6 && self.numbers.min() == 1 && self.numbers.max() == 3',
    'self.ratio == 1.0 && self.ratio < 1.5',
    'type(self.port) == int && self.port == 80',
    "self.text.matches('^[a-z]+-[0-9]+$') && self.text.find('[0-9]+') == '42'",
    "self.text.findAll('[a-z]').size() == 3 && self.text.findAll('[a-z]', 2) == ['a', 'b']",
    "self.text.split('-') == ['abc', '42'] && self.text.replace('abc', 'x') == 'x-42' && self.text.charAt(0) == 'a'",
    "'%s has %d'.format([self.text, 2]) == 'abc-42 has 2'",
    "quantity(self.quantity).isGreaterThan(quantity('1')) && quantity(self.quantity).add(1).compareTo(quantity('2500m')) == 0",
    "isQuantity('1Gi') && !isQuantity('one') && quantity('2').asInteger() == 2",
    "isURL('https://example.com:8080/a?b=c') && url('https://example.com:8080/a').getHost() == 'example.com:8080' && url('https://example.com:8080/a').getPort() == '8080'",
    "isIP('10.0.0.1') && ip('10.0.0.1').family() == 4 && !ip('10.0.0.1').isLoopback()",
    "cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && cidr('10.0.0.0/8').prefixLength() == 8",
    "!format.dns1123Label().validate('ok-name').hasValue() && format.dns1123Label().validate('Not_ok').hasValue()",
    "self.?unset.orValue('none') == 'none'",
    'self.numbers.all(i, n, n == i + 1) && self.numbers.exists(i, n, i == 2 && n == 3)',
    "{'a': 1, 'b': 2}.all(k, v, k < 'c' && v < 3) && {'a': 1, 'b': 1}.existsOne(k, v, k == 'a' && v == 1)",
    'self.numbers.transformList(i, n, i * n) == [0, 2, 6] && [1, 2, 3].transformList(i, n, n > 1, n) == [2, 3]',
    "{'a': 1}.transformMap(k, v, v + 1) == {'a': 2} && {'a': 1, 'b': 2}.transformMap(k, v, v > 1, k) == {'b': 'b'}",
    "['x', 'y'].transformMapEntry(i, v, {v: i}) == {'x': 0, 'y': 1}",
    'sets.contains([1, 2, 2], [2, 1.0]) && !sets.contains([1], [2]) && sets.intersects([1, 2], [2, 3])',
    "sets.equivalent([1, 2], [2, 1, 1]) && !sets.equivalent([{'a': 1}], [{'a': 2}])",
  ];
  for (const rule of holding)
    it(`know ${rule.slice(0, 90)}`, async () => {
      const { ruleFaults } = await import('../../../shared/api/apiextensions/cel/index.ts');
      const { FieldPath } = await import('../../../shared/machinery/index.ts');
      const schema = spec([{ rule }], values);
      expect(told(ruleFaults(schema, new FieldPath('schema')))).to.deep.equal([]);
      expect(await check(schema, { spec: sample })).to.deep.equal([]);
      expect(await check(spec([{ rule: `!(${rule})` }], values), { spec: sample })).to.have.length(1);
    });

  it('are refused where they do not compile, or ask for what cannot be known', async () => {
    const { ruleFaults } = await import('../../../shared/api/apiextensions/cel/index.ts');
    const { FieldPath } = await import('../../../shared/machinery/index.ts');
    const faultsOf = (rules: ValidationRule[]) =>
      told(ruleFaults(spec(rules, values), new FieldPath('s'))).map((fault) => fault.split('\n')[0]);
    const at = 's.properties[spec].x-kubernetes-validations[0]';
    expect(faultsOf([{ rule: 'self.nothing == 1' }])[0]).to.contain("undefined field 'nothing'");
    expect(faultsOf([{ rule: 'self.text ==' }])[0]).to.contain('compilation failed: ERROR: <input>:1:13: ');
    expect(faultsOf([{ rule: '1 + 1' }])).to.deep.equal([
      `${at}.rule: Invalid value: {"rule":"1 + 1"}: cel expression must evaluate to a bool`,
    ]);
    const list = schemaWith({
      type: 'array',
      maxItems: 10,
      items: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] },
    });
    expect(told(ruleFaults(list, new FieldPath('s')))).to.deep.equal([
      's.properties[spec].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within s.properties[spec]',
    ]);
  });

  const misfits: [rule: string, text: string][] = [
    ["self.numbers[0] == 'a'", "1:17: found no matching overload for '_==_' applied to '(int, string)'"],
    ['self.text > 1', "1:11: found no matching overload for '_>_' applied to '(string, int)'"],
    ['self.ratio == 1', "1:12: found no matching overload for '_==_' applied to '(double, int)'"],
    [
      'self.text.startsWith(1)',
      "1:21: found no matching overload for 'startsWith' applied to 'string.(int)'",
    ],
    ["self.at == '2024'", "1:9: found no matching overload for '_==_' applied to"],
  ];
  for (const [rule, text] of misfits)
    it(`are refused where they do not fit the types: ${rule}`, async () => {
      const { ruleFaults } = await import('../../../shared/api/apiextensions/cel/index.ts');
      const { FieldPath } = await import('../../../shared/machinery/index.ts');
      const [fault = ''] = told(ruleFaults(spec([{ rule }], values), new FieldPath('s')));
      expect(fault).to.contain(`compilation failed: ERROR: <input>:${text}`);
    });

  it('end where they would take too long, and no further one is asked', async () => {
    const numbers = Array.from({ length: 300 }, (_, index) => index);
    const rule = 'self.numbers.all(a, self.numbers.all(b, self.numbers.all(c, a + b + c >= 0)))';
    expect(await check(spec([{ rule }, { rule: 'false' }], values), { spec: { numbers } })).to.deep.equal([
      `spec: Invalid value: "object": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`,
    ]);
  });

  it('have one budget for an object', async () => {
    const numbers = Array.from({ length: 300 }, (_, index) => index);
    const rules = Array.from({ length: 30 }, () => ({
      rule: 'self.numbers.all(a, self.numbers.all(b, a + b >= 0))',
    }));
    expect(await check(spec(rules, values), { spec: { numbers } })).to.deep.equal([
      'spec: Invalid value: "object": validation failed due to running out of cost budget, no further validation rules will be run',
    ]);
  });

  it('cannot hide behind an operator of logic that they cost too much', async () => {
    const numbers = Array.from({ length: 2000 }, (_, index) => index);
    const rule = 'self.numbers.exists(a, self.numbers.all(b, a + b >= 0 && a != b)) || true';
    expect((await check(spec([{ rule }], values), { spec: { numbers } }))[0]).to.contain(
      'cost limit exceeded',
    );
  });

  it('are told of where an object breaks them while they run', async () => {
    const schema = spec([{ rule: 'self.numbers[5] == 1' }], values);
    expect((await check(schema, { spec: sample }))[0]).to.contain('evaluating rule: self.numbers[5] == 1');
  });
});
