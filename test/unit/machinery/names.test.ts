import { expect } from 'chai';
import fc from 'fast-check';
import {
  cIdentifier,
  configMapKey,
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  envVarName,
  inRange,
  ipAddress,
  labelValue,
  type NameRule,
  pathSegmentName,
  percent,
  portName,
  qualifiedName,
  wildcardDns1123Subdomain,
} from '../../../shared/machinery/index.ts';

const subdomainMessage =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelMessage =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const nameMessage =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const valueMessage =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const keyMessage =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

describe('names', () => {
  const accepted: [string, NameRule, string[]][] = [
    ['DNS labels', dns1123Label, ['a', '0', 'a-b', 'a'.repeat(63)]],
    ['DNS subdomains', dns1123Subdomain, ['a', 'a.b-c.0', 'a'.repeat(253)]],
    ['DNS labels of RFC 1035', dns1035Label, ['a', 'a1-b']],
    ['wildcard subdomains', wildcardDns1123Subdomain, ['*.example.com']],
    ['qualified names', qualifiedName, ['A', 'a.b_c-D', 'example.com/A_b', 'kubernetes.io/hostname']],
    ['label values', labelValue, ['', 'A', 'a_b.c-D', 'x'.repeat(63)]],
    ['path segments', pathSegmentName, ['system:node', 'A b', '...']],
    ['variable names', envVarName, ['A', '1st', 'a b', 'a-b.c', '~!"<>']],
    ['C identifiers', cIdentifier, ['_a1']],
    ['config keys', configMapKey, ['a', '.hidden', 'A_b-c.d', '__proto__']],
    ['port names', portName, ['http', '80a', 'a-b']],
    ['addresses', ipAddress, ['10.0.0.1', '::1', '2001:db8::ffff']],
    ['percentages', percent, ['0%', '25%', '101%']],
  ];
  for (const [what, rule, values] of accepted) {
    it(`takes ${what}`, () => {
      for (const value of values) expect(rule(value), value).to.deep.equal([]);
    });
  }

  const refused: [NameRule, string, string[]][] = [
    [dns1123Label, 'A.b', [labelMessage]],
    [dns1123Label, `${'a'.repeat(64)}_`, ['must be no more than 63 characters', labelMessage]],
    [dns1123Subdomain, 'Bad_Name', [subdomainMessage]],
    [dns1123Subdomain, 'a..b', [subdomainMessage]],
    [dns1123Subdomain, 'a'.repeat(254), ['must be no more than 253 characters']],
    [dns1035Label, '', [dns1035Label('1').join()]],
    [qualifiedName, '', ['name part must be non-empty', nameMessage]],
    [
      qualifiedName,
      'Foo.example/',
      [`prefix part ${subdomainMessage}`, 'name part must be non-empty', nameMessage],
    ],
    [qualifiedName, '/x', ['prefix part must be non-empty']],
    [qualifiedName, 'a'.repeat(64), ['name part must be no more than 63 characters']],
    [labelValue, 'b c', [valueMessage]],
    [pathSegmentName, '..', ["may not be '..'"]],
    [pathSegmentName, 'a/b%', ["may not contain '/'", "may not contain '%'"]],
    [
      envVarName,
      'a=b',
      ["a valid environment variable name must consist only of printable ASCII characters other than '='"],
    ],
    [envVarName, '', ['environment variable name must be non-empty']],
    [configMapKey, '$patch', [keyMessage]],
    [configMapKey, '..', ["must not be '..'"]],
    [configMapKey, '..a', ["must not start with '..'"]],
    [portName, '80', ['must contain at least one letter (a-z)']],
    [portName, '-a--b', ['must not contain consecutive hyphens', 'must not begin or end with a hyphen']],
    [
      portName,
      'A'.repeat(16),
      [
        'must be no more than 15 characters',
        'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        'must contain at least one letter (a-z)',
      ],
    ],
    [ipAddress, '10.0.0.256', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
    [ipAddress, 'fe80::1%eth0', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
  ];
  for (const [rule, value, messages] of refused) {
    it(`refuses ${JSON.stringify(value.slice(0, 20))} as upstream does`, () => {
      expect(rule(value)).to.deep.equal(messages);
    });
  }

  it('keeps whole numbers within a range', () => {
    expect(inRange(1, 1, 3)).to.deep.equal([]);
    expect(inRange(4, 1, 3)).to.deep.equal(['must be between 1 and 3, inclusive']);
    expect(inRange(1.5, 1, 3)).to.deep.equal(['must be between 1 and 3, inclusive']);
  });

  it('takes every label as a subdomain, a path segment and a label value', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/), (name) => {
        for (const rule of [dns1123Label, dns1123Subdomain, pathSegmentName, labelValue, qualifiedName]) {
          expect(rule(name)).to.deep.equal([]);
        }
      }),
    );
  });

  it('answers in linear time for hostile names', () => {
    const hostile = `${'a-'.repeat(50_000)}!`;
    for (const rule of [dns1123Label, dns1123Subdomain, dns1035Label, qualifiedName, labelValue]) {
      expect(rule(hostile)).not.to.deep.equal([]);
    }
  }).timeout(1000);
});
