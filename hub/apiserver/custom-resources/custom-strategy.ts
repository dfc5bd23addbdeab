// How objects of one version of a custom resource are read and written, made from its definition.

import type { RuleChecker } from '../../../shared/api/apiextensions/cel/index.ts';
import {
  type Before,
  type CustomResourceDefinition,
  type DefinitionVersion,
  embeddedFaults,
  fieldNamesOf,
  fillDefaults,
  hasDefaults,
  hasRules,
  type JsonSchemaProps,
  listTypeFaults,
  prune,
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
}

export async function customStrategy(options: CustomStrategyOptions): Promise<Strategy> {
  const { definition, version, typeName, convert } = options;
  const { group, names } = definition.spec;
  const schema = version.schema?.openAPIV3Schema ?? { type: 'object' };
  const rules = hasRules(schema) ? await loadRules(schema) : undefined;
  const kind = { group, version: version.name, kind: names.kind };
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
    prepareForStatusUpdate: keepMetadata,
    validateLater: async (next, old) => check(next, old),
    validateStatusUpdate: check,
    fromStore: shownFrom({ apiVersion: apiVersionOf(kind), schema, convert }),
    toStore: storedAs(apiVersionOf({ group, version: storedVersionOf(definition) }), convert),
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

/** An update of the status changes nothing else. */
function keepMetadata(next: KubeObject, old: Live): void {
  const { managedFields, resourceVersion } = next.metadata ?? {};
  next.metadata = {
    ...mutableCopy(old.metadata),
    ...(managedFields && { managedFields }),
    ...(resourceVersion && { resourceVersion }),
  };
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

interface Shown {
  apiVersion: string;
  schema: JsonSchemaProps;
  convert: Convert;
}

/** Objects are stored in one version, and shown in this one with the defaults of now; each is worked out once. */
function shownFrom({ apiVersion, schema, convert }: Shown): (stored: Live) => Live | Promise<Live> {
  const known = new WeakMap<Live, Live>();
  const defaulted = hasDefaults(schema);
  const settle = (stored: Live, converted: KubeObject): Live => {
    const { metadata } = stored;
    const copy: Live = {
      ...mutableCopy(converted),
      metadata: { ...metadata, ...mutableCopy(converted.metadata ?? {}) },
    };
    prune(copy, schema);
    if (defaulted) fillDefaults(copy, schema);
    const shown = deepEqual(copy, stored) ? stored : deepFreeze(copy);
    known.set(stored, shown);
    return shown;
  };
  return (stored) => {
    const done = known.get(stored);
    if (done) return done;
    if (stored.apiVersion === apiVersion) return settle(stored, stored);
    const converted = convert(stored, apiVersion);
    return converted instanceof Promise
      ? converted.then((object) => settle(stored, object))
      : settle(stored, converted);
  };
}

function storedAs(apiVersion: string, convert: Convert) {
  return (object: KubeObject): KubeObject | Promise<KubeObject> =>
    object.apiVersion === apiVersion ? object : convert(object, apiVersion);
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
