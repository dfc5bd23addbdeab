// What Kubernetes accepts as a name, a label, a key …, in the words of k8s.io/apimachinery/pkg/util/validation.
// Every rule takes a value and answers the messages of what is wrong with it: none means valid.

import { isIP } from 'node:net';

export type NameRule = (value: string) => string[];

const labelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainFormat = `${labelFormat}(\\.${labelFormat})*`;
const dns1035Format = '[a-z]([-a-z0-9]*[a-z0-9])?';
const qualifiedFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValueFormat = `(${qualifiedFormat})?`;
const configKeyFormat = '[-._a-zA-Z0-9]+';
const cIdentifierFormat = '[A-Za-z_][A-Za-z0-9_]*';
const percentFormat = '[0-9]+%';

const whole = (format: string) => new RegExp(`^${format}$`);
const labelPattern = whole(labelFormat);
const subdomainPattern = whole(subdomainFormat);
const dns1035Pattern = whole(dns1035Format);
const qualifiedPattern = whole(qualifiedFormat);
const labelValuePattern = whole(labelValueFormat);
const configKeyPattern = whole(configKeyFormat);
const cIdentifierPattern = whole(cIdentifierFormat);
const percentPattern = whole(percentFormat);

/** What upstream says when a pattern does not match; `examples` are shown as `(e.g. 'a',  or 'b', …)`. */
export function patternMessage(message: string, format: string, ...examples: string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${format}')`;
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${message} (e.g. ${shown}regex used for validation is '${format}')`;
}

export function maxLengthMessage(length: number): string {
  return `must be no more than ${length} characters`;
}

function check(value: string, maximum: number, pattern: RegExp, message: () => string): string[] {
  const messages: string[] = [];
  if (value.length > maximum) messages.push(maxLengthMessage(maximum));
  if (!pattern.test(value)) messages.push(message());
  return messages;
}

/** A DNS label (RFC 1123), e.g. a namespace's name. */
export const dns1123Label: NameRule = (value) =>
  check(value, 63, labelPattern, () =>
    subdomainPattern.test(value)
      ? 'must not contain dots'
      : patternMessage(
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
          labelFormat,
          'my-name',
          '123-abc',
        ),
  );

/** A DNS subdomain (RFC 1123), e.g. most objects' names. */
export const dns1123Subdomain: NameRule = (value) =>
  check(value, 253, subdomainPattern, () =>
    patternMessage(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      subdomainFormat,
      'example.com',
    ),
  );

/** A DNS label that starts with a letter (RFC 1035), e.g. a Service's name. */
export const dns1035Label: NameRule = (value) =>
  check(value, 63, dns1035Pattern, () =>
    patternMessage(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
      dns1035Format,
      'my-name',
      'abc-123',
    ),
  );

/** `*.` and a DNS subdomain, as in an Ingress's host. */
export const wildcardDns1123Subdomain: NameRule = (value) =>
  check(value, 253, whole(`\\*\\.${subdomainFormat}`), () =>
    patternMessage(
      "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
      `\\*\\.${subdomainFormat}`,
      '*.example.com',
    ),
  );

const nameExamples = ['MyName', 'my.name', '123-abc'];
const nameCharacters =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** `name` or `prefix.example/name`: keys of labels and annotations, names of resources and finalizers. */
export const qualifiedName: NameRule = (value) => {
  const parts = value.split('/');
  if (parts.length > 2) {
    const rule = patternMessage(`a qualified name ${nameCharacters}`, qualifiedFormat, ...nameExamples);
    return [`${rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const messages: string[] = [];
  const name = parts.at(-1) ?? '';
  const [prefix] = parts;
  if (parts.length === 2 && prefix !== undefined) {
    if (prefix === '') messages.push('prefix part must be non-empty');
    else messages.push(...dns1123Subdomain(prefix).map((message) => `prefix part ${message}`));
  }
  if (name === '') messages.push('name part must be non-empty');
  else if (name.length > 63) messages.push(`name part ${maxLengthMessage(63)}`);
  if (!qualifiedPattern.test(name)) {
    messages.push(`name part ${patternMessage(nameCharacters, qualifiedFormat, ...nameExamples)}`);
  }
  return messages;
};

export const labelValue: NameRule = (value) =>
  check(value, 63, labelValuePattern, () =>
    patternMessage(
      `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`,
      labelValueFormat,
      'MyValue',
      'my_value',
      '12345',
    ),
  );

/** Anything that can stand as one segment of a URL path, e.g. the name of a ClusterRole. */
export const pathSegmentName: NameRule = (value) => {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`);
};

/** Printable ASCII without `=`: what v1.32 takes as a container's variable name. */
export const envVarName: NameRule = (value) => {
  if (value === '') return ['environment variable name must be non-empty'];
  if (/^[ -<>-~]+$/.test(value)) return [];
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
};

/** A C identifier, e.g. the `prefix` of envFrom before v1.32 and names in downward files. */
export const cIdentifier: NameRule = (value) =>
  cIdentifierPattern.test(value)
    ? []
    : [
        patternMessage(
          "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
          cIdentifierFormat,
          'my_name',
          'MY_NAME',
          'MyName',
        ),
      ];

/** A key of a ConfigMap or Secret: also the name of a file in a volume. */
export const configMapKey: NameRule = (value) => {
  const messages = check(value, 253, configKeyPattern, () =>
    patternMessage(
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
      configKeyFormat,
      'key.name',
      'KEY_NAME',
      'key-name',
    ),
  );
  if (value === '.') messages.push("must not be '.'");
  else if (value === '..') messages.push("must not be '..'");
  else if (value.startsWith('..')) messages.push("must not start with '..'");
  return messages;
};

/** An IANA service name (RFC 6335), lower case: the name of a container's port. */
export const portName: NameRule = (value) => {
  const messages: string[] = [];
  if (value.length > 15) messages.push(maxLengthMessage(15));
  if (!/^[-a-z0-9]+$/.test(value))
    messages.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) messages.push('must contain at least one letter (a-z)');
  if (value.includes('--')) messages.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) messages.push('must not begin or end with a hyphen');
  return messages;
};

/** An IPv4 or IPv6 address without zone. */
export const ipAddress: NameRule = (value) =>
  isIP(value) !== 0 && !value.includes('%')
    ? []
    : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];

/** e.g. `25%`. */
export const percent: NameRule = (value) =>
  percentPattern.test(value)
    ? []
    : [
        patternMessage(
          "a valid percent string must be a numeric string followed by an ending '%'",
          percentFormat,
          '1%',
          '93%',
        ),
      ];

/** Whether a whole number lies in a range, ends included. */
export function inRange(value: number, minimum: number, maximum: number): string[] {
  return Number.isInteger(value) && value >= minimum && value <= maximum
    ? []
    : [`must be between ${minimum} and ${maximum}, inclusive`];
}

/** A port that can be listened on. */
export function portNumber(value: number): string[] {
  return inRange(value, 1, 65535);
}
