// Definitions with mistakes, and what upstream's validation says of each (v1.32). The recorded ones: recorded-errors.test.ts.

import { expect } from 'chai';
import { definitionFaults } from '../../../shared/api/apiextensions/definition-validation.ts';
import type { CustomResourceDefinition, JsonSchemaProps } from '../../../shared/api/apiextensions/index.ts';
import { customresourcedefinitions, loadSchemaSet } from '../../../shared/api/index.ts';

type Version = CustomResourceDefinition['spec']['versions'][number];
type Spec = CustomResourceDefinition['spec'];

const group = 'bad.example.com';
const schemas = loadSchemaSet();
const object = { type: 'object' };
const schemaPath = 'spec.validation.openAPIV3Schema';
const a = `${schemaPath}.properties[a]`;

function definition(spec: Partial<Spec> = {}, version: Partial<Version> = {}): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `foos.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'foos', kind: 'Foo' },
      versions: [
        { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: object }, ...version },
      ],
      ...spec,
    },
  };
}

async function faultsOf(sent: CustomResourceDefinition, old?: CustomResourceDefinition): Promise<string[]> {
  const strategy = await customresourcedefinitions.load();
  strategy.default?.(sent);
  strategy.prepareForCreate?.(sent);
  const found = await definitionFaults(sent, await schemas, old as Parameters<typeof definitionFaults>[2]);
  return found.map(({ field, text }) => `${field}: ${text}`);
}

const schema = (openAPIV3Schema: JsonSchemaProps) => definition({}, { schema: { openAPIV3Schema } });
const property = (inner: JsonSchemaProps) => schema({ ...object, properties: { a: inner } });

type Case = [note: string, sent: CustomResourceDefinition, faults: string[]];
const text = { type: 'string' };
const keyed = (items: JsonSchemaProps, keys = ['k']) =>
  property({
    ...{ type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys },
    items,
  });
const column = (fields: object) =>
  definition(
    {},
    { additionalPrinterColumns: [{ name: 'A', type: 'string', jsonPath: '.spec.a', ...fields }] },
  );
const scale = (fields: object) =>
  definition(
    {},
    { subresources: { scale: { specReplicasPath: '.spec.n', statusReplicasPath: '.status.n', ...fields } } },
  );
const selecting = (...paths: string[]) =>
  definition(
    {},
    {
      schema: {
        openAPIV3Schema: {
          ...object,
          properties: {
            metadata: { ...object, properties: { name: text } },
            a: { ...object, properties: { b: text, c: object, n: { type: 'number' } } },
            m: { ...object, additionalProperties: text },
          },
        },
      },
      selectableFields: paths.map((jsonPath) => ({ jsonPath })),
    },
  );
const webhook = (fields: object, versions = ['v1']) =>
  definition({
    conversion: {
      strategy: 'Webhook',
      webhook: { clientConfig: fields, conversionReviewVersions: versions },
    },
  });
const url = 'spec.conversion.webhookClientConfig.url';
const base64 = (content: string) => Buffer.from(content).toString('base64');
const rule = (fields: object, of: JsonSchemaProps = text) =>
  property({ ...of, 'x-kubernetes-validations': [{ rule: 'true', ...fields }] });
const embeddedWith = (properties: NonNullable<JsonSchemaProps['properties']>, more: object = {}) =>
  property({
    ...{ ...object, 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
    ...{ properties, ...more },
  });
const ruleAt = `${a}.x-kubernetes-validations[0]`;
const twoVersions = (one: object, other: object) =>
  definition({
    versions: [
      { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: object }, ...one },
      { name: 'v2', served: true, storage: false, schema: { openAPIV3Schema: object }, ...other },
    ],
  });
const selectableTypes =
  'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const label =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

const cases: Case[] = [
  // Structure: sorted, and told before what is not supported.
  ['nothing wrong', definition(), []],
  [
    'several fields without a type',
    schema({ ...object, properties: { b: {}, a: { type: 'array', items: {} } } }),
    [
      `${a}.items.type: Required value: must not be empty for specified array items`,
      `${schemaPath}.properties[b].type: Required value: must not be empty for specified object fields`,
    ],
  ],
  [
    'values at the root',
    schema({ ...object, additionalProperties: text }),
    [`${schemaPath}.additionalProperties: Forbidden: must not be used at the root`],
  ],
  [
    'an integer or a string that is more',
    property({
      'x-kubernetes-int-or-string': true,
      'x-kubernetes-preserve-unknown-fields': true,
    }),
    [
      `${a}.x-kubernetes-preserve-unknown-fields: Invalid value: true: must be false if x-kubernetes-int-or-string is true`,
    ],
  ],
  [
    'the pattern of an integer or a string',
    property({ 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] }),
    [],
  ],
  [
    'an integer or a string with a type',
    property({ type: 'string', 'x-kubernetes-int-or-string': true }),
    [],
  ],
  [
    'an embedded resource without a type',
    property({ 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true }),
    [`${a}.type: Required value: must be object if x-kubernetes-embedded-resource is true`],
  ],
  [
    'an embedded resource of values',
    property({ ...object, 'x-kubernetes-embedded-resource': true, additionalProperties: text }),
    [
      `${a}.additionalProperties: Forbidden: must not be used if x-kubernetes-embedded-resource is set`,
      `${a}.properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields`,
    ],
  ],
  [
    'kind, apiVersion and metadata of other types',
    schema({
      ...object,
      properties: { kind: object, apiVersion: { type: 'integer' }, metadata: { type: 'string' } },
    }),
    [
      `${schemaPath}.properties[apiVersion].type: Invalid value: "integer": must be string`,
      `${schemaPath}.properties[kind].type: Invalid value: "object": must be string`,
      `${schemaPath}.properties[metadata].type: Invalid value: "string": must be object`,
    ],
  ],
  [
    'metadata that is described',
    schema({ ...object, properties: { metadata: { ...object, description: 'd' } } }),
    [
      `${schemaPath}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
    ],
  ],
  [
    'a name in metadata that is restricted',
    schema({ ...object, properties: { metadata: { ...object, properties: { name: text } } } }),
    [],
  ],
  [
    'types and more within alternatives',
    property({
      ...text,
      anyOf: [{ description: 'd', nullable: true, default: 'x' }],
      not: { type: 'string', 'x-kubernetes-list-type': 'set' },
      oneOf: [{ pattern: '(' }],
    }),
    [
      `${a}.anyOf[0].default: Forbidden: must be undefined to be structural`,
      `${a}.anyOf[0].description: Forbidden: must be empty to be structural`,
      `${a}.anyOf[0].nullable: Forbidden: must be false to be structural`,
      `${a}.not.type: Forbidden: must be empty to be structural`,
      `${a}.not.x-kubernetes-list-type: Forbidden: must be undefined to be structural`,
      `${a}.oneOf[0].pattern: Invalid value: "(": must be a valid regular expression, but isn't: error parsing regexp: missing closing ): \`(\``,
      `${a}.not.type: Invalid value: "string": must be array if x-kubernetes-list-type is specified`,
    ],
  ],
  [
    'metadata in an alternative',
    schema({ ...object, allOf: [{ properties: { metadata: {} } }] }),
    [
      `${schemaPath}.allOf[0].properties[metadata]: Forbidden: must not be specified in a nested context`,
      `${schemaPath}.properties[metadata]: Required value: because it is defined in ${schemaPath}.allOf[0].properties[metadata]`,
    ],
  ],
  [
    'a property in an alternative of a map',
    property({ ...object, additionalProperties: text, allOf: [{ properties: { k: { minLength: 1 } } }] }),
    [`${a}.properties[k]: Required value: because it is defined in ${a}.allOf[0].properties[k]`],
  ],
  // Defaults.
  [
    'a default of unknown fields',
    property({ ...object, properties: { b: text }, default: { b: 'x', c: 1 } }),
    [`${a}.default: Invalid value: {"b":"x","c":1}: must not have unknown fields`],
  ],
  [
    'a default that is too small',
    property({ type: 'integer', minimum: 3, default: 2 }),
    [`${a}.default: Invalid value: 2:  in body should be greater than or equal to 3`],
  ],
  [
    'a default that breaks a rule',
    property({ type: 'integer', default: 2, 'x-kubernetes-validations': [{ rule: 'self > 2' }] }),
    [`${a}.default: Invalid value: "integer": failed rule: self > 2`],
  ],
  [
    'a default in metadata',
    schema({
      ...object,
      properties: {
        kind: { ...text, default: 'x' },
        metadata: { ...object, properties: { name: { ...text, default: 'x' } } },
      },
    }),
    [
      `${schemaPath}.properties[kind].default: Forbidden: must not be set in top-level kind`,
      `${schemaPath}.properties[metadata].properties[name].default: Forbidden: must not be set in top-level metadata`,
    ],
  ],
  [
    'a default for the metadata of an embedded resource that has no name',
    embeddedWith({ metadata: { ...object, default: { name: '..' } } }),
    [
      `${a}.properties[metadata].default: Invalid value: {"name":".."}: must result in valid metadata: metadata.name: Invalid value: "..": may not be '..'`,
    ],
  ],
  [
    'a default for a name of an embedded resource that is none',
    embeddedWith({ metadata: { ...object, properties: { name: { ...text, default: 'a/b' } } } }),
    [
      `${a}.properties[metadata].properties[name].default: Invalid value: "a/b": must result in valid metadata: metadata.name: Invalid value: "a/b": may not contain '/'`,
    ],
  ],
  [
    'a default for the metadata of an embedded resource of another type',
    embeddedWith({ metadata: { ...object, default: { name: 5 } } }),
    [
      `${a}.properties[metadata].default: Invalid value: {"name":5}: must result in valid metadata: metadata: Invalid value: map[string]interface {}{"name":5}: json: cannot unmarshal number into Go struct field ObjectMeta.name of type string`,
    ],
  ],
  [
    'a default of an embedded resource that is of no Kind',
    embeddedWith({}, { default: { metadata: { name: '..' } } }),
    [
      `${a}.default.apiVersion: Required value: must not be empty`,
      `${a}.default.kind: Required value: must not be empty`,
      `${a}.default.metadata.name: Invalid value: "..": may not be '..'`,
    ],
  ],
  [
    'a default for the labels of an embedded resource',
    property({
      ...{ ...object, 'x-kubernetes-embedded-resource': true },
      properties: {
        metadata: {
          ...object,
          properties: { labels: { ...object, additionalProperties: { ...text, default: 'x' } } },
        },
      },
    }),
    [
      `${a}.properties[metadata].properties[labels].additionalProperties.default: Forbidden: must not be set inside additionalProperties applying to object metadata`,
    ],
  ],
  // What is supported.
  [
    'keywords that are not supported',
    property({
      ...{ ...text, id: 'i', $ref: '#/x', definitions: { d: text } },
      dependencies: { d: ['a'] },
      patternProperties: { p: text },
    }),
    ['id', 'patternProperties', 'definitions', 'dependencies', '$ref'].map(
      (field) => `${a}.${field}: Forbidden: ${field} is not supported`,
    ),
  ],
  [
    'a list of schemas of items',
    property({ type: 'array', items: [text] }),
    [`${a}.items: Forbidden: items must be a schema object and not an array`],
  ],
  [
    'null',
    property({ type: 'null' }),
    [
      `${a}.type: Unsupported value: "null": supported values: "array", "boolean", "integer", "number", "object", "string"`,
      `${a}.type: Forbidden: type cannot be set to null, use nullable as an alternative`,
    ],
  ],
  [
    'null at the root',
    schema({ ...object, nullable: true }),
    [`${schemaPath}.nullable: Forbidden: nullable cannot be true at the root`],
  ],
  [
    'values beside properties',
    property({ ...object, properties: { b: text }, additionalProperties: text }),
    [`${a}.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`],
  ],
  [
    'unknown fields that are not to be kept',
    property({ ...object, 'x-kubernetes-preserve-unknown-fields': false }),
    [`${a}.x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined`],
  ],
  [
    'a type of map that there is not, on a text',
    property({ ...text, 'x-kubernetes-map-type': 'set' }),
    [
      `${a}.type: Invalid value: "string": must be object if x-kubernetes-map-type is specified`,
      `${a}.x-kubernetes-map-type: Unsupported value: "set": supported values: "atomic", "granular"`,
    ],
  ],
  [
    'a type of list that there is not, on a text',
    property({ ...text, 'x-kubernetes-list-type': 'bag' }),
    [
      `${a}.type: Invalid value: "string": must be array if x-kubernetes-list-type is specified`,
      `${a}.x-kubernetes-list-type: Unsupported value: "bag": supported values: "atomic", "set", "map"`,
    ],
  ],
  [
    'a set of objects that are merged',
    property({ type: 'array', 'x-kubernetes-list-type': 'set', items: object }),
    [
      `${a}.items.x-kubernetes-map-type: Invalid value: "null": must be atomic as item of a list with x-kubernetes-list-type=set`,
    ],
  ],
  [
    'a set of sets, some of which are nothing',
    property({
      ...{ type: 'array', 'x-kubernetes-list-type': 'set' },
      items: { type: 'array', items: text, nullable: true, 'x-kubernetes-list-type': 'set' },
    }),
    [
      `${a}.items.x-kubernetes-list-type: Invalid value: "set": must be atomic as item of a list with x-kubernetes-list-type=set`,
      `${a}.items.nullable: Forbidden: cannot be nullable when x-kubernetes-list-type is set`,
    ],
  ],
  [
    'keys of a list without a type',
    property({ type: 'array', items: text, 'x-kubernetes-list-map-keys': ['k'] }),
    [`${a}.x-kubernetes-list-type: Required value: must be map if x-kubernetes-list-map-keys is non-empty`],
  ],
  [
    'keys that are not there, stand twice, are no scalars, have no default, may be null',
    keyed(
      { ...object, properties: { k: text, o: object, n: { ...text, nullable: true } }, required: ['o', 'n'] },
      ['k', 'x', 'k', 'o', 'n'],
    ),
    [
      `${a}.x-kubernetes-list-map-keys: Invalid value: []string{"k", "x", "k", "o", "n"}: entries must all be names of item properties`,
      `${a}.x-kubernetes-list-map-keys: Invalid value: []string{"k", "x", "k", "o", "n"}: must not contain duplicate entries`,
      `${a}.items.properties[o].type: Invalid value: "object": must be a scalar type if parent array's x-kubernetes-list-type is map`,
      ...[0, 1].map(
        () =>
          `${a}.items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
      ),
      `${a}.items.properties[n].nullable: Forbidden: this property is in x-kubernetes-list-map-keys, so it cannot be nullable`,
    ],
  ],
  ['a list by keys', keyed({ ...object, properties: { k: text }, required: ['k'] }), []],
  // Rules.
  [
    'a rule of nothing',
    rule({ rule: ' ', message: ' ' }),
    [`${ruleAt}.rule: Required value: rule is not specified`],
  ],
  [
    'a message of nothing, and one of two lines',
    property({
      ...text,
      'x-kubernetes-validations': [
        { rule: 'true', message: ' ', messageExpression: ' ' },
        { rule: 'true', message: 'a\nb' },
        { rule: 'true\n&& true' },
      ],
    }),
    [
      `${ruleAt}.message: Invalid value: " ": message must be non-empty if specified`,
      `${ruleAt}.messageExpression: Required value: messageExpression must be non-empty if specified`,
      `${a}.x-kubernetes-validations[1].message: Invalid value: "a\\nb": message must not contain line breaks`,
      `${a}.x-kubernetes-validations[2].message: Required value: message must be specified if rule contains line breaks`,
    ],
  ],
  [
    'a reason that there is not',
    rule({ reason: 'Because' }),
    [
      `${ruleAt}.reason: Unsupported value: "Because": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"`,
    ],
  ],
  [
    'a path that leads nowhere, in two lines',
    rule({ fieldPath: '.x\n' }, { ...object, properties: { b: text } }),
    [
      `${ruleAt}.fieldPath: Invalid value: ".x\\n": fieldPath must not contain line breaks`,
      `${ruleAt}.fieldPath: Invalid value: ".x\\n": fieldPath must be a valid path`,
    ],
  ],
  [
    'a path with a name in brackets',
    rule({ fieldPath: "['b.c']" }, { ...object, properties: { 'b.c': text } }),
    [],
  ],
  [
    'a rule that is no rule',
    rule({ rule: '1 + 1' }),
    [`${ruleAt}.rule: Invalid value: {"rule":"1 + 1"}: cel expression must evaluate to a bool`],
  ],
  [
    'a rule that does not compile, where something else is wrong',
    property({ ...text, uniqueItems: true, 'x-kubernetes-validations': [{ rule: 'nothing' }] }),
    [
      `${a}.uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`,
    ],
  ],
  // What versions have beside their schema.
  [
    'what may not stand at the root beside a status',
    definition({}, { schema: { openAPIV3Schema: { type: 'string' } }, subresources: { status: {} } }),
    [
      `${schemaPath}.type: Invalid value: "string": only "object" is allowed as the type at the root of the schema if the status subresource is enabled`,
      `${schemaPath}.type: Invalid value: "string": must be object at the root`,
    ],
  ],
  [
    'columns of unknown types and formats',
    column({ type: 'text', format: 'uuid' }),
    [
      'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
      'spec.additionalPrinterColumns[0].format: Invalid value: "uuid": must be one of byte,date,date-time,double,float,int32,int64,password',
    ],
  ],
  [
    'a column without a type',
    column({ type: '' }),
    [
      'spec.additionalPrinterColumns[0].type: Required value: must be one of boolean,date,integer,number,string',
    ],
  ],
  [
    'a scale elsewhere',
    scale({ specReplicasPath: '.status.n', statusReplicasPath: '.spec.n', labelSelectorPath: '.metadata.x' }),
    [
      'spec.subresources.scale.specReplicasPath: Invalid value: ".status.n": should be a json path under .spec',
      'spec.subresources.scale.statusReplicasPath: Invalid value: ".spec.n": should be a json path under .status',
      'spec.subresources.scale.labelSelectorPath: Invalid value: ".metadata.x": should be a json path under either .spec or .status',
    ],
  ],
  [
    'fields that cannot be selected by',
    selecting('.a.b', '.a.b', '.a.x', 'a.b', ".a['b']", '.a.c', '.a.n', '', '.metadata.name', '.'),
    [
      'spec.selectableFields[1].jsonPath: Duplicate value: ".a.b"',
      'spec.selectableFields[2].jsonPath: Invalid value: ".a.x": is an invalid path: does not refer to a valid field',
      'spec.selectableFields[3].jsonPath: Invalid value: "a.b": is an invalid path: expected [ or . but got: a',
      'spec.selectableFields[4].jsonPath: Invalid value: ".a[\'b\']": is an invalid path: array notation is not allowed',
      `spec.selectableFields[5].jsonPath: Invalid value: ".a.c": ${selectableTypes}`,
      `spec.selectableFields[6].jsonPath: Invalid value: ".a.n": ${selectableTypes}`,
      'spec.selectableFields[7].jsonPath: Required value',
      'spec.selectableFields[8].jsonPath: Invalid value: ".metadata.name": must not point to fields in metadata',
      'spec.selectableFields[9].jsonPath: Invalid value: ".": is an invalid path: unexpected end of JSON path',
    ],
  ],
  [
    'too many of them',
    selecting(...Array.from('abcdefghi', (name) => `.m.${name}`)),
    ['spec.selectableFields: Too many: 9: must have at most 8 items'],
  ],
  // Versions.
  [
    'versions that differ tell where',
    twoVersions(
      { schema: { openAPIV3Schema: { ...object, properties: { a: {} } } }, deprecationWarning: 'w' },
      { additionalPrinterColumns: [{ name: '', type: 'string', jsonPath: '.a' }] },
    ),
    [
      'spec.versions[0].deprecationWarning: Invalid value: "w": can only be set for deprecated versions',
      'spec.versions[0].schema.openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields',
      'spec.versions[1].additionalPrinterColumns[0].name: Required value',
    ],
  ],
  [
    'what all have alike is told once',
    twoVersions({ subresources: { scale: {} } }, { subresources: { scale: {} } }),
    [
      'spec.subresources.scale.specReplicasPath: Required value',
      'spec.subresources.scale.statusReplicasPath: Required value',
    ],
  ],
  [
    'a warning that is too long, and cannot be printed',
    definition({}, { deprecated: true, deprecationWarning: `a\u0007${'x'.repeat(256)}` }),
    [
      `spec.versions[0].deprecationWarning: Invalid value: "a\\a${'x'.repeat(256)}": must be <= 256 characters long`,
      `spec.versions[0].deprecationWarning: Invalid value: "a\\a${'x'.repeat(256)}": must only contain printable UTF-8 characters; non-printable character found at index 1`,
    ],
  ],
  // Names, conversion, and what else stands in a definition.
  [
    'a kind that is also that of its lists',
    definition({ names: { plural: 'foos', kind: 'Foo', listKind: 'Foo', categories: ['All'] } }),
    [
      'spec.names.listKind: Invalid value: "Foo": kind and listKind may not be the same',
      `spec.names.categories[0]: Invalid value: "All": ${label}`,
    ],
  ],
  [
    'a webhook where none converts',
    definition({
      conversion: {
        strategy: 'None',
        webhook: { clientConfig: { url: 'https://x' }, conversionReviewVersions: ['v1'] },
      },
    }),
    [
      'spec.conversion.webhookClientConfig: Forbidden: should not be set when strategy is not set to Webhook',
      'spec.conversion.conversionReviewVersions: Forbidden: should not be set when strategy is not set to Webhook',
    ],
  ],
  [
    'a webhook with two addresses',
    webhook({ url: 'https://x', service: { name: 'n', namespace: 's' } }),
    ['spec.conversion.webhookClientConfig: Required value: exactly one of url or service is required'],
  ],
  [
    'a webhook at a path that is no name, trusting what is no certificate',
    webhook({
      service: { name: 'n', namespace: 's', path: '/a//b_c' },
      caBundle: base64('-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n'),
    }),
    [
      'spec.conversion.webhookClientConfig.service.path: Invalid value: "/a//b_c": segment[1] may not be empty',
      `spec.conversion.webhookClientConfig.service.path: Invalid value: "/a//b_c": segment[2]: ${subdomain}`,
      'spec.conversion.webhookClientConfig.caBundle: Invalid value: "<snip>": unable to load root certificates: failed to parse certificate: x509: malformed certificate',
    ],
  ],
  [
    'a webhook nowhere, trusting nobody',
    webhook({ url: '', caBundle: base64('garbage') }),
    [
      `${url}: Invalid value: "": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
      `${url}: Invalid value: "": host must be specified; desired format: https://host[/path]`,
      'spec.conversion.webhookClientConfig.caBundle: Invalid value: "<snip>": unable to load root certificates: unable to parse bytes as PEM block',
    ],
  ],
  ...(
    [
      ['https://a b/', 'invalid character " " in host name'],
      ['https://a:b/', 'invalid port ":b" after host'],
      ['https://[::1/', "missing ']' in host"],
      ['https://a/%zz', 'invalid URL escape "%zz"'],
      [':a', 'missing protocol scheme'],
      ['1a:b', 'first path segment in URL cannot contain colon'],
      ['https://a/\n', 'net/url: invalid control character in URL'],
    ] as const
  ).map(
    ([sent, why]): Case => [
      `a webhook at ${JSON.stringify(sent)}`,
      webhook({ url: sent }),
      [
        `${url}: Required value: url must be a valid URL: parse ${JSON.stringify(sent)}: ${why}; desired format: https://host[/path]`,
      ],
    ],
  ),
  [
    'a rule that answers a text, one that asks a text for a field, and a message that is a number',
    property({
      ...text,
      'x-kubernetes-validations': [
        { rule: 'self' },
        { rule: 'self.b == 1' },
        { rule: "self == 'a'", messageExpression: 'self.size() + 1' },
      ],
    }),
    [
      `${a}.x-kubernetes-validations[0].rule: Invalid value: {"rule":"self"}: cel expression must evaluate to a bool`,
      `${a}.x-kubernetes-validations[1].rule: Invalid value: {"rule":"self.b == 1"}: compilation failed: ERROR: <input>:1:5: type 'string' does not support field selection\n | self.b == 1\n | ....^`,
      `${a}.x-kubernetes-validations[2].messageExpression: Invalid value: {"rule":"self == 'a'","messageExpression":"self.size() + 1"}: messageExpression must evaluate to a string`,
    ],
  ],
  [
    'a webhook with a service of nothing',
    webhook({ service: { path: 'x', port: 70000 } }, ['v9', 'v9', 'V1']),
    [
      'spec.conversion.webhookClientConfig.service.name: Required value: service name is required',
      'spec.conversion.webhookClientConfig.service.namespace: Required value: service namespace is required',
      'spec.conversion.webhookClientConfig.service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive',
      'spec.conversion.webhookClientConfig.service.path: Invalid value: "x": must start with a \'/\'',
      'spec.conversion.webhookClientConfig.service.path: Invalid value: "x": segment[0] may not be empty',
      'spec.conversion.conversionReviewVersions[1]: Invalid value: "v9": duplicate version',
      `spec.conversion.conversionReviewVersions[2]: Invalid value: "V1": ${label}`,
      'spec.conversion.conversionReviewVersions: Invalid value: []string{"v9", "v9", "V1"}: must include at least one of v1, v1beta1',
    ],
  ],
  [
    'unknown fields that are kept everywhere, with defaults and a webhook',
    {
      ...property({ ...text, default: 'x' }),
      spec: {
        ...property({ ...text, default: 'x' }).spec,
        preserveUnknownFields: true,
        conversion: {
          strategy: 'Webhook',
          webhook: { clientConfig: { url: 'https://x' }, conversionReviewVersions: ['v1'] },
        },
      },
    },
    [
      'spec.preserveUnknownFields: Invalid value: true: must be false in order to use defaults in the schema',
      'spec.conversion.strategy: Invalid value: "Webhook": must be None if spec.preserveUnknownFields is true',
      'spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
    ],
  ],
];

describe('a definition with a mistake', () => {
  for (const [note, sent, faults] of cases)
    it(`is told of ${note}`, async () => {
      expect(await faultsOf(sent)).to.deep.equal(faults);
    });
});
