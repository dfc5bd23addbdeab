// The language of rules, expression by expression: what cel-go and Kubernetes' libraries answer, and what they say is wrong
// (cel-go/ext/strings_test.go, k8s.io/apiserver/pkg/cel/library, the documentation of CEL in Kubernetes).

import { expect } from 'chai';

/** Expressions that are true. */
const truths: Record<string, string[]> = {
  'cel-go': [
    '1 + 2 * 3 == 7 && 7 / 2 == 3 && -7 / 2 == -3 && 7 % 3 == 1 && -7 % 3 == -1',
    'dyn(1) == 1.0 && 1 < 1.5 && 2u > 1.5 && 1 <= 1u',
    "'a' + 'b' == 'ab' && [1] + [2] == [1, 2] && b'a' + b'b' == b'ab'",
    "'b' in {'b': 1} && 2 in [1, 2] && !(3 in [1, 2])",
    "type(1) == int && type(1u) == uint && type(1.0) == double && type('') == string && type(true) == bool",
    "type([]) == list && type({}) == map && type(null) == null_type && type(b'') == bytes",
    "int('42') == 42 && int(3.9) == 3 && uint(3) == 3u && double('1.5') == 1.5 && string(1) == '1' && string(true) == 'true'",
    "bool('true') && string(b'abc') == 'abc' && bytes('abc') == b'abc' && string(1.5) == '1.5'",
    "duration('1h30m').getMinutes() == 90 && duration('90s').getSeconds() == 90 && duration('1.5s').getMilliseconds() == 1500",
    "timestamp('2023-12-25T12:30:45Z').getFullYear() == 2023 && timestamp('2023-12-25T00:00:00Z').getMonth() == 11",
    "timestamp('2023-12-25T00:00:00Z').getDayOfMonth() == 24 && timestamp('2023-12-25T00:00:00Z').getDate() == 25",
    "timestamp('2023-12-25T00:00:00Z').getDayOfWeek() == 1 && timestamp('2023-01-02T00:00:00Z').getDayOfYear() == 1",
    "timestamp('2023-12-25T23:30:00Z').getHours('+01:00') == 0 && timestamp('2023-12-25T23:30:00Z').getDate('01:00') == 26",
    "timestamp('2023-07-01T23:30:00Z').getHours('Europe/Berlin') == 1 && timestamp('2023-12-31T23:30:00Z').getDayOfYear('Europe/Berlin') == 0",
    "timestamp('2023-12-25T00:30:00Z').getMinutes('-00:45') == 45 && timestamp('2023-12-25T00:30:00Z').getDayOfWeek('-01:00') == 0",
    "timestamp('2023-01-01T00:00:00Z') + duration('24h') == timestamp('2023-01-02T00:00:00Z')",
    "timestamp('2023-01-02T00:00:00Z') - timestamp('2023-01-01T00:00:00Z') == duration('24h')",
    "size('héllo') == 5 && size(b'abc') == 3 && size([1, 2]) == 2 && size({'a': 1}) == 1 && 'abc'.size() == 3",
    "'abc'.startsWith('ab') && 'abc'.endsWith('bc') && 'abc'.contains('b') && 'abc'.matches('^a.c$')",
    '[1, 2, 3].all(x, x > 0) && [1, 2].exists(x, x == 2) && [1, 2].exists_one(x, x == 2) && ![2, 2].exists_one(x, x == 2)',
    '[1, 2, 3].map(x, x * 2) == [2, 4, 6] && [1, 2, 3].filter(x, x > 1) == [2, 3] && [1, 2, 3].map(x, x > 1, x * 2) == [4, 6]',
    "{'a': 1, 'b': 2}.all(k, k in ['a', 'b']) && {'a': 1}.exists(k, k == 'a') && {'a': 1}.map(k, k) == ['a']",
    '(1 / 0 > 1 || true) && !(1 / 0 > 1 && false) && [1, 0].exists(x, 1 / x == 1)',
    "r'\\d' == '\\\\d' && '\\u00e9' == 'é' && '''a''' == 'a'",
    "{'a': {'b': [1]}}.a.b[0] == 1 && has({'a': 1}.a) && !has({'a': 1}.b) && has([{'a': 1}][0].a)",
    'true ? 1 == 1 : false',
    "cel.bind(x, 'a' + 'b', x + x) == 'abab'",
  ],
  'optional types': [
    'optional.of(1).value() == 1 && optional.of(1).hasValue() && !optional.none().hasValue()',
    'optional.none().orValue(2) == 2 && optional.of(1).or(optional.of(2)).value() == 1',
    "[?optional.of(1), 2, ?optional.none()] == [1, 2] && [?{'a': 1}.?a] == [1] && [?{'a': 1}.?b] == []",
    "{?'a': optional.of(1), ?'b': optional.none(), 'c': 2} == {'a': 1, 'c': 2} && {?'x' + 'y': optional.of(1)}.xy == 1",
    "[[?optional.of('[?')], // [?\n [1][?0].hasValue() ? ['?'] : [?optional.none()]] == [['[?'], ['?']]",
    '[?true ? optional.of(!false) : optional.none(), !true] == [true, false]',
    "2 in [?optional.of(2)] && [1].map(x, [?optional.of(x)])[0][0] == 1 && size({?'a': {'b': 1}.?c}) == 0",
    "optional.ofNonZeroValue('').hasValue() == false && optional.ofNonZeroValue('a').hasValue()",
    "{'a': 1}.?a.orValue(0) == 1 && {'a': 1}.?b.orValue(0) == 0 && {'a': {}}.?a.?b.orValue(5) == 5",
    '[1, 2][?0].orValue(0) == 1 && [1, 2][?5].orValue(0) == 0',
    'optional.of(2).optMap(x, x * 2).value() == 4 && !optional.none().optMap(x, x).hasValue()',
    'optional.of(2).optFlatMap(x, optional.of(x + 1)).value() == 3',
  ],
  strings: [
    "'hello'.charAt(4) == 'o' && 'hello'.charAt(5) == ''",
    "'hello mellow'.indexOf('') == 0 && 'hello mellow'.indexOf('ello') == 1 && 'hello mellow'.indexOf('jello') == -1",
    "'hello mellow'.indexOf('', 2) == 2 && 'hello mellow'.indexOf('ello', 2) == 7",
    "'hello mellow'.lastIndexOf('') == 12 && 'hello mellow'.lastIndexOf('ello') == 7 && 'hello mellow'.lastIndexOf('ello', 6) == 1",
    "['hello', 'mellow'].join() == 'hellomellow' && ['hello', 'mellow'].join(' ') == 'hello mellow' && [].join() == '' && [].join('/') == ''",
    "'TacoCat'.lowerAscii() == 'tacocat' && 'TacoCÆt Xii'.lowerAscii() == 'tacocÆt xii' && 'TacoCÆt'.upperAscii() == 'TACOCÆT'",
    "'hello hello'.replace('he', 'we') == 'wello wello' && 'hello hello'.replace('he', 'we', -1) == 'wello wello'",
    "'hello hello'.replace('he', 'we', 1) == 'wello hello' && 'hello hello'.replace('he', 'we', 0) == 'hello hello'",
    "'abc'.replace('', '_') == '_a_b_c_'",
    "'hello hello hello'.split(' ') == ['hello', 'hello', 'hello'] && 'hello hello hello'.split(' ', 0) == []",
    "'hello hello hello'.split(' ', 1) == ['hello hello hello'] && 'hello hello hello'.split(' ', 2) == ['hello', 'hello hello']",
    "'hello hello hello'.split(' ', -1) == ['hello', 'hello', 'hello'] && 'abc'.split('') == ['a', 'b', 'c']",
    "'tacocat'.substring(4) == 'cat' && 'tacocat'.substring(0, 4) == 'taco' && 'ta©o©αT'.substring(2, 6) == '©o©α'",
    "'  \\ttrim\\n    '.trim() == 'trim' && 'gums'.reverse() == 'smug' && strings.quote('a\"b') == '\"a\\\\\"b\"'",
    "'%s'.format(['a']) == 'a' && '%d is %s'.format([1, 'x']) == '1 is x' && '%.2f'.format([1.2345]) == '1.23'",
    "'%b'.format([5]) == '101' && '%x'.format([255]) == 'ff' && '%X'.format([255]) == 'FF' && '%o'.format([8]) == '10'",
    "'%x'.format(['Hello']) == '48656c6c6f' && '%e'.format([1052.032911275]) == '1.052033e+03'",
    "'%s %s'.format([duration('1h'), timestamp('2023-01-01T00:00:00Z')]) == '3600s 2023-01-01T00:00:00Z'",
    "'%s'.format([null]) == 'null' && '%s'.format([1.0]) == '1' && '100%%'.format([]) == '100%'",
  ],
  lists: [
    "[1, 2, 3].isSorted() && !['c', 'b'].isSorted() && [].isSorted() && ['a', 'b', 'b'].isSorted() && [2.0, 1.0].isSorted() == false",
    '[1, 3].sum() == 4 && [1.0, 3.0].sum() == 4.0 && [].sum() == 0',
    "['a', 'b'].min() == 'a' && ['a', 'b'].max() == 'b' && [1, 3].min() == 1 && [1.5, 0.5].max() == 1.5",
    "[1, 2, 2, 3].indexOf(2) == 1 && ['a', 'b', 'b', 'c'].lastIndexOf('b') == 2 && [1.0].indexOf(1.1) == -1",
    "[duration('1s'), duration('2s')].sum() == duration('3s') && [duration('2s'), duration('1s')].min() == duration('1s')",
    "[timestamp('2023-01-01T00:00:00Z'), timestamp('2022-01-01T00:00:00Z')].min() == timestamp('2022-01-01T00:00:00Z')",
    '[false, true].isSorted() && [true, false].max() == true',
  ],
  sets: [
    'sets.contains([], []) && sets.contains([1], []) && !sets.contains([], [1]) && sets.contains([1, 2, 3, 4], [2, 3])',
    'sets.equivalent([], []) && sets.equivalent([1], [1, 1]) && sets.equivalent([1], [1u, 1.0]) && !sets.equivalent([1, 2], [1])',
    'sets.intersects([1], [1, 2]) && !sets.intersects([1], []) && sets.intersects([[1], [2, 3]], [[1, 2], [2, 3.0]])',
  ],
  regex: [
    "'abc 123'.find('[0-9]+') == '123' && 'abc 123'.find('xyz') == ''",
    "'123 abc 456'.findAll('[0-9]+') == ['123', '456'] && '123 abc 456'.findAll('[0-9]+', 1) == ['123'] && '123 abc 456'.findAll('xyz') == []",
    "'abc'.findAll('[a-z]', 0) == [] && 'abc'.findAll('[a-z]', -1) == ['a', 'b', 'c']",
  ],
  URLs: [
    "isURL('https://user:pass@example.com:80/path?query=val#fragment') && !isURL('://user:pass@example.com:80/path')",
    "isURL('/absolute-path') && !isURL('../relative-path') && isURL('https://a:b@example.com/')",
    "url('https://example.com:80/').getScheme() == 'https' && url('/path').getScheme() == ''",
    "url('https://example.com:80/').getHost() == 'example.com:80' && url('https://example.com/').getHost() == 'example.com'",
    "url('https://[::1]:80/').getHost() == '[::1]:80' && url('/path').getHost() == ''",
    "url('https://example.com:80/').getHostname() == 'example.com' && url('https://[::1]:80/').getHostname() == '::1'",
    "url('https://example.com:80/').getPort() == '80' && url('https://example.com/').getPort() == '' && url('https://example.com:443/').getPort() == '443'",
    "url('https://example.com/path').getEscapedPath() == '/path' && url('https://example.com/path with spaces/').getEscapedPath() == '/path%20with%20spaces/'",
    "url('https://example.com').getEscapedPath() == ''",
    "url('https://example.com/path?k1=a&k2=b&k2=c').getQuery() == {'k1': ['a'], 'k2': ['b', 'c']} && url('https://example.com/path').getQuery() == {}",
    "url('https://example.com/path?key with spaces=value with spaces').getQuery() == {'key with spaces': ['value with spaces']}",
  ],
  quantities: [
    "isQuantity('1.3Gi') && isQuantity('1.3G') && !isQuantity('1,3G') && isQuantity('10000k') && !isQuantity('200K') && isQuantity('0') && !isQuantity('Three')",
    "quantity('50000000G').isInteger() && !quantity('9999999999999999999999999999999999999G').isInteger() && quantity('50k').asInteger() == 50000",
    "quantity('100').asApproximateFloat() == 100.0 && quantity('0').sign() == 0 && quantity('-1k').sign() == -1",
    "quantity('150Mi').isGreaterThan(quantity('100Mi')) && quantity('50M').isLessThan(quantity('100M')) && quantity('200M').compareTo(quantity('0.2G')) == 0",
    "quantity('50k').add(quantity('20')) == quantity('50020') && quantity('50k').sub(20000) == quantity('30k') && quantity('50k').add(20).sub(quantity('100k')).sub(-50000) == quantity('20')",
  ],
  addresses: [
    "isIP('127.0.0.1') && isIP('::1') && !isIP('127.0.0.256') && !isIP('::ffff:1.2.3.4') && !isIP('fe80::1%eth0') && !isIP('')",
    "ip('127.0.0.1') == ip('127.0.0.1') && ip('::1') != ip('127.0.0.1') && ip('2001:db8::1') == ip('2001:DB8::0001')",
    "ip('127.0.0.1').family() == 4 && ip('::1').family() == 6 && ip('0.0.0.0').isUnspecified() && ip('::1').isLoopback()",
    "ip('224.0.0.1').isLinkLocalMulticast() && ip('169.254.169.254').isLinkLocalUnicast() && ip('192.168.0.1').isGlobalUnicast() && !ip('255.255.255.255').isGlobalUnicast()",
    "ip.isCanonical('127.0.0.1') && ip.isCanonical('2001:db8::abcd') && !ip.isCanonical('2001:DB8::ABCD')",
    "string(ip('::1')) == '::1' && string(cidr('10.0.0.0/8')) == '10.0.0.0/8'",
    "isCIDR('192.168.0.0/24') && isCIDR('::1/128') && !isCIDR('192.168.0.0/33') && !isCIDR('192.168.0.0')",
    "cidr('192.168.0.0/24').containsIP(ip('192.168.0.1')) && cidr('192.168.0.0/24').containsIP('192.168.0.1') && !cidr('192.168.0.0/24').containsIP('192.168.1.1')",
    "cidr('192.168.0.0/16').containsCIDR(cidr('192.168.10.0/24')) && cidr('192.168.0.0/16').containsCIDR('192.168.10.0/24') && !cidr('192.168.0.0/24').containsCIDR('192.168.0.0/16')",
    "cidr('192.168.1.5/24').masked() == cidr('192.168.1.0/24') && cidr('192.168.0.0/24').prefixLength() == 24 && cidr('192.168.0.0/24').ip() == ip('192.168.0.0')",
    "cidr('192.168.0.0/24') == cidr('192.168.0.0/24')",
  ],
  absence: ["!has({'a': null}.a.b) && !has(dyn(1).b) && !(has(dyn(null).b) && dyn(null).b == 1)"],
  formats: [
    "!format.dns1123Label().validate('my-label-name').hasValue() && format.dns1123Label().validate('contains a space').hasValue()",
    "format.named('dns1123Label').hasValue() && !format.named('nope').hasValue()",
    "!format.named('dns1123Label').value().validate('my-name').hasValue()",
    "format.dns1123Subdomain().validate('apiextensions.k8s.io') == optional.none() && !format.dns1035Label().validate('my-label').hasValue() && format.dns1035Label().validate('1a').hasValue()",
    "!format.qualifiedName().validate('apiextensions.k8s.io/v1beta1').hasValue() && !format.labelValue().validate('My_Value.1').hasValue()",
    "!format.dns1123LabelPrefix().validate('my-label-prefix-').hasValue() && !format.dns1123SubdomainPrefix().validate('a.b-').hasValue() && !format.dns1035LabelPrefix().validate('a-').hasValue()",
    "!format.uri().validate('http://example.com').hasValue() && !format.uuid().validate('123e4567-e89b-12d3-a456-426614174000').hasValue() && format.uuid().validate('no').hasValue()",
    "!format.byte().validate('aGVsbG8=').hasValue() && !format.date().validate('2021-01-01').hasValue() && !format.datetime().validate('2021-01-01T00:00:00Z').hasValue()",
    "format.date().validate('tomorrow').value() == ['invalid date'] && format.datetime().validate('x').value() == ['invalid datetime']",
  ],
};

/** Expressions that cannot be told, and why. */
const errors: [expression: string, text: string][] = [
  ['1 / 0', 'division by zero'],
  ["timestamp('2023-01-01T00:00:00Z').getHours('Mars/Olympus') == 0", 'unknown time zone Mars/Olympus'],
  ['1 % 0', 'modulus by zero'],
  ['9223372036854775807 + 1', 'integer overflow'],
  ["{'a': 1}.b", 'no such key: b'],
  ['[1][5]', 'index out of bounds: 5'],
  ["'tacocat'.charAt(30)", 'index out of range: 30'],
  ["'tacocat'.substring(40)", 'index out of range: 40'],
  ["'tacocat'.substring(3, 1)", 'invalid substring range. start: 3, end: 1'],
  ["'%s %s'.format(['a'])", 'index 1 out of range'],
  ["quantity('x')", 'quantities must match the regular expression'],
  ['[].min()', 'min called on empty list'],
  ['[].max()', 'max called on empty list'],
  ["ip('x')", 'IP Address "x" parse error during conversion from string'],
  ["url('::')", 'URL parse error during conversion from string'],
  ['optional.none().value()', 'optional.none() dereference'],
  ['[?1]', 'Cannot initialize optional list element from non-optional value.'],
  ["{?'a': 1}", "Cannot initialize optional entry 'a' from non-optional value"],
  [
    "{'a': 1}.transformMapEntry(k, v, {'x': v}).size() == 1 ? [1, 2].transformMapEntry(i, v, {'x': v}) : {}",
    'insert failed: key x already exists',
  ],
  ["quantity('9999999999999999999999999999999999999G').asInteger()", 'cannot convert value to integer'],
];

describe('the language of rules', () => {
  async function evaluate(expression: string): Promise<unknown> {
    const { RuleCompiler } = await import('../../../shared/api/apiextensions/cel/compiled-rule.ts');
    const compiled = new RuleCompiler().compile(expression, false, { type: 'object' }, false);
    if ('fault' in compiled) throw new Error(compiled.fault);
    return compiled.evaluate({ self: new Map() }, 1_000_000).value;
  }

  for (const [library, expressions] of Object.entries(truths))
    for (const expression of expressions)
      it(`has ${library}: ${expression}`, async () => {
        expect(await evaluate(expression)).to.equal(true);
      });

  for (const [expression, text] of errors)
    it(`cannot tell ${expression}: ${text}`, async () => {
      const { summaryOf } = await import('../../../shared/api/apiextensions/cel/index.ts');
      const error: unknown = await evaluate(expression).catch((thrown: unknown) => thrown);
      expect(summaryOf(error)).to.contain(text);
    });
});
