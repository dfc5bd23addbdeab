// How objects of one version of a custom resource are read and written, made from its definition.

import type { RuleChecker } from '../../../shared/api/apiextensions/cel/index.ts';
import {
  type Before,
  type CustomResourceDefinition,
  type DefinitionVersion,
  embeddedFaults,
  fieldNamesOf,
  fillDefaults,
  hasRules,
  type JsonSchemaProps,
  listTypeFaults,
  prune,
  settledDefaults,
  setValueAt,
  validateValue,
  valueAt,
} from '../../../shared/api/apiextensions/index.ts';
import type { ScaleMapping, Strategy } from '../../../shared/api/index.ts';
import {
  type ApiError,
  apiVersionOf,
  deepEqual,
  deepFreeze,
  type FieldError,
  FieldPath,
  faults,
  internalError,
  isRecord,
  type JsonObject,
  type KubeObject,
  type Live,
  mutableCopy,
  type SchemaSet,
} from '../../../shared/machinery/index.ts';
import { customColumns } from './columns.ts';
import type { Convert } from './conversion.ts';
import { decodeCustom } from './decode-custom.ts';
import { openApiOf } from './open-api-schema.ts';

export interface CustomStrategyOptions {
  definition: CustomResourceDefinition;
  version: DefinitionVersion;
  /** The type's name in the schema set. */
  typeName: string;
  convert: Convert;
  /** The types of the API. */
  schemas: SchemaSet;
}

export async function customStrategy(options: CustomStrategyOptions): Promise<Strategy> {
  const { definition, version, typeName, convert } = options;
  const schemas = schemasOf(definition, options.schemas);
  const { group, names } = definition.spec;
  const kind = { group, version: version.name, kind: names.kind };
  const schema = schemas.get(apiVersionOf(kind)) ?? anyObject;
  const rules = hasRules(schema) ? await loadRules(schema) : undefined;
  const stored = apiVersionOf({ group, version: storedVersionOf(definition) });
  const hasStatus = version.subresources?.status !== undefined;
  const scale = scaleOf(version);
  const check = (next: KubeObject, old?: Live) => customFaults({ schema, scale: version, rules }, next, old);
  return {
    schema: typeName,
    generation: true,
    needsRevision: true,
    plainFinalizers: true,
    decode: (sent, schemas) => decodeCustom(kind, schema, sent, schemas),
    default: (object) => fillDefaults(object, schema),
    prepareForCreate: (object: KubeObject & { status?: unknown }) => {
      if (hasStatus) delete object.status;
    },
    statusKeepsMeta: true,
    prepareForStatusUpdate: takeStatusAlone,
    validateLater: async (next, old) => check(next, old),
    validateStatusUpdate: check,
    fromStore: shownFrom({ apiVersion: apiVersionOf(kind), schemas, convert }),
    toStore: storedAs({ apiVersion: stored, schemas, convert }),
    fields: selectable(version),
    columns: customColumns(version.additionalPrinterColumns),
    openApi: (wanted) => openApiOf(schema, wanted),
    ...(scale && { scale }),
  };
}

/** Only rules need the language that they are in. */
async function loadRules(schema: JsonSchemaProps): Promise<RuleChecker> {
  const { ruleChecker } = await import('../../../shared/api/apiextensions/cel/index.ts');
  return ruleChecker(schema);
}

function storedVersionOf({ spec }: CustomResourceDefinition): string {
  return spec.versions.find(({ storage }) => storage)?.name ?? '';
}

/** An update of the status changes nothing else: neither by what defaults or webhooks add. The metadata is settled. */
function takeStatusAlone(next: KubeObject & { status?: unknown }, old: Live): void {
  const { status, metadata } = next;
  for (const field of Object.keys(next)) Reflect.deleteProperty(next, field);
  Object.assign(next, mutableCopy<KubeObject>(old), { metadata });
  if (status === undefined) delete next.status;
  else next.status = status;
}

interface Checks {
  schema: JsonSchemaProps;
  scale: DefinitionVersion;
  rules: RuleChecker | undefined;
}

/** What upstream does not go on from: rules would only repeat it. */
const blocking = [
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
];

function customFaults({ schema, scale, rules }: Checks, next: KubeObject, old?: Live): FieldError[] {
  const before: Before | undefined = old && { value: old };
  const found = [
    ...validateValue(next, schema, '', before),
    ...scaleFaults(scale, next),
    ...embeddedFaults(next, schema),
    ...(old && listTypeFaults(old, schema).length > 0 ? [] : listTypeFaults(next, schema)),
  ];
  if (!rules) return found;
  if (!found.some((fault) => blocking.includes(fault.reason) || fault.text.includes('must be of type')))
    return [...found, ...rules(next, old)];
  const unchecked =
    'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';
  return [...found, faults.invalid(new FieldPath('<nil>'), null, unchecked)];
}

/** As upstream's ValidateScaleSpec and ValidateScaleStatus. */
function scaleFaults({ subresources }: DefinitionVersion, object: KubeObject): FieldError[] {
  if (!subresources?.scale) return [];
  const { specReplicasPath, statusReplicasPath } = subresources.scale;
  return [specReplicasPath, statusReplicasPath].flatMap((path) => {
    const value = valueAt(object, fieldNamesOf(path) ?? []);
    const place = new FieldPath(path);
    if (typeof value !== 'number') return [];
    if (value < 0) return [faults.invalid(place, value, 'should be a non-negative integer')];
    return value > 2 ** 31 - 1
      ? [faults.invalid(place, value, 'should be less than or equal to 2147483647')]
      : [];
  });
}

interface Turning {
  /** Into which an object is turned. */
  apiVersion: string;
  /** By apiVersion: of every version of the definition. */
  schemas: ReadonlyMap<string, JsonSchemaProps>;
  convert: Convert;
}

/** Objects are shown in this version, with the defaults of now of that in which they are stored; each is worked out once. */
function shownFrom({ apiVersion, schemas, convert }: Turning): (stored: Live) => Live | Promise<Live> {
  const known = new WeakMap<Live, Live>();
  const settle = (stored: Live, shown: KubeObject): Live => {
    const copy: Live = { ...shown, metadata: { ...stored.metadata, ...shown.metadata } };
    const settled = deepEqual(copy, stored) ? stored : deepFreeze(copy);
    known.set(stored, settled);
    return settled;
  };
  const turned = (stored: Live, converted: KubeObject) =>
    settle(stored, pruned(converted, schemas.get(apiVersion)));
  return (stored) => {
    const done = known.get(stored);
    if (done) return done;
    const read = asRead(stored, schemas.get(stored.apiVersion ?? ''));
    if (read.apiVersion === apiVersion) return settle(stored, read);
    const converted = convert(read, apiVersion);
    return converted instanceof Promise
      ? converted.then((object) => turned(stored, object))
      : turned(stored, converted);
  };
}

/** Its own version says what it may have, and what it has without saying so. */
function asRead(stored: Live, schema: JsonSchemaProps | undefined): KubeObject {
  if (!schema) return stored;
  const copy = pruned(stored, schema);
  fillDefaults(copy, schema);
  return copy;
}

function pruned(object: KubeObject, schema: JsonSchemaProps | undefined): KubeObject {
  const copy = mutableCopy<KubeObject>(object);
  if (schema) prune(copy, schema);
  return copy;
}

const anyObject: JsonSchemaProps = { type: 'object' };

function schemasOf(
  { spec: { group, versions } }: CustomResourceDefinition,
  types: SchemaSet,
): Map<string, JsonSchemaProps> {
  return new Map(
    versions.map(({ name, schema }) => [
      apiVersionOf({ group, version: name }),
      settledDefaults(schema?.openAPIV3Schema ?? anyObject, types),
    ]),
  );
}

function storedAs({ apiVersion, schemas, convert }: Turning) {
  return (object: KubeObject): KubeObject | Promise<KubeObject> => {
    if (object.apiVersion === apiVersion) return object;
    const schema = schemas.get(apiVersion);
    const converted = convert(object, apiVersion);
    return converted instanceof Promise
      ? converted.then((each) => pruned(each, schema))
      : pruned(converted, schema);
  };
}

function selectable({ selectableFields = [] }: DefinitionVersion): NonNullable<Strategy['fields']> {
  return Object.fromEntries(
    selectableFields.map(({ jsonPath }) => {
      const names = fieldNamesOf(jsonPath) ?? [];
      return [jsonPath.replace(/^\./, ''), (object: KubeObject) => textOf(valueAt(object, names))];
    }),
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}

function scaleOf({ subresources }: DefinitionVersion): ScaleMapping | undefined {
  const scale = subresources?.scale;
  if (!scale) return undefined;
  const spec = fieldNamesOf(scale.specReplicasPath) ?? [];
  const status = fieldNamesOf(scale.statusReplicasPath) ?? [];
  const selector = fieldNamesOf(scale.labelSelectorPath ?? '') ?? [];
  return {
    replicas: (object) => {
      const value = valueAt(object, spec);
      if (typeof value === 'number') return value;
      throw missing(scale.specReplicasPath);
    },
    setReplicas: (object, replicas) => setValueAt(asRecord(object), spec, replicas),
    statusReplicas: (object) => {
      const value = valueAt(object, status);
      return typeof value === 'number' ? value : 0;
    },
    selector: (object) => (selector.length > 0 ? textOf(valueAt(object, selector)) : ''),
  };
}

function missing(path: string): ApiError {
  return internalError(`the spec replicas field "${path}" does not exist`);
}

function asRecord(object: KubeObject): JsonObject {
  const record: unknown = object;
  if (!isRecord(record)) throw new TypeError('an object of the API is a record');
  return record;
}
