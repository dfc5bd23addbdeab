// What may stand in a CustomResourceDefinition, in the order and words of
// k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation (v1.32).

import {
  deepEqual,
  dns1035Label,
  dns1123Subdomain,
  type FieldError,
  FieldPath,
  faults,
  type Live,
  type SchemaSet,
} from '../../machinery/index.ts';
import { conversionFaults } from './conversion-validation.ts';
import {
  approvalAnnotation,
  approvalOf,
  type CustomResourceDefinition,
  type DefinitionSpec,
  type DefinitionVersion,
  isEstablished,
  isProtectedGroup,
} from './definition.ts';
import { namesFaults, storedVersionsFaults } from './names-validation.ts';
import { hasDefaults } from './schema/defaulting.ts';
import { schemaFaults } from './schema/schema-validation.ts';
import { columnFaults, selectableFieldsFaults, subresourcesFaults } from './version-validation.ts';

const root = new FieldPath();
const missingForAll = 'selectableFields may only be set when validations.schema is included';
const missingInVersion =
  'selectableFields may only be set when version.schema.openAPIV3Schema is not included';
const specPath = new FieldPath('spec');

/** Everything that is wrong with the definition; `old` is absent for a new one. */
export async function definitionFaults(
  next: CustomResourceDefinition,
  schemas: SchemaSet,
  old?: Live<CustomResourceDefinition>,
): Promise<FieldError[]> {
  const { spec, status, metadata } = next;
  const wanted = `${spec.names?.plural ?? ''}.${spec.group ?? ''}`;
  const misnamed = !old && metadata?.name && metadata.name !== wanted;
  return [
    ...(misnamed
      ? [
          faults.invalid(
            root.child('metadata', 'name'),
            metadata.name,
            'must be spec.names.plural+"."+spec.group',
          ),
        ]
      : []),
    ...(await specFaults(spec, schemas, old?.spec)),
    ...(old ? immutableFaults(spec, old) : []),
    ...namesFaults(status?.acceptedNames, 'status.acceptedNames'),
    ...storedVersionsFaults(next),
    ...approvalFaults(next, old),
    ...preservingFaults(spec),
  ];
}

function immutableFaults(spec: DefinitionSpec, old: Live<CustomResourceDefinition>): FieldError[] {
  const fixed = (field: string, value: unknown, before: unknown) =>
    deepEqual(value, before) ? [] : [faults.invalid(specPath.child(field), value, 'field is immutable')];
  return [
    ...(isEstablished(old)
      ? [
          ...fixed('scope', spec.scope, old.spec.scope),
          ...fixed('names.kind', spec.names.kind, old.spec.names.kind),
        ]
      : []),
    ...fixed('group', spec.group, old.spec.group),
    ...fixed('names.plural', spec.names.plural, old.spec.names.plural),
  ];
}

async function specFaults(
  spec: DefinitionSpec,
  types: SchemaSet,
  old?: DefinitionSpec,
): Promise<FieldError[]> {
  const versions = spec.versions ?? [];
  const shared = sharedParts(versions, types, old);
  const found = [...groupFaults(spec), ...scopeFaults(spec), ...missingSchemas(versions)];
  const schemas = versions.flatMap(({ schema }) => schema?.openAPIV3Schema ?? []);
  if (spec.preserveUnknownFields && schemas.some(hasDefaults)) {
    const detail = 'must be false in order to use defaults in the schema';
    found.push(faults.invalid(specPath.child('preserveUnknownFields'), true, detail));
  }
  for (const [index, version] of versions.entries())
    found.push(...(await versionFaults(version, specPath.child('versions').index(index), shared)));
  found.push(...versionListFaults(versions));
  const [first] = versions;
  if (first?.name !== undefined) found.push(...labelFaults(first.name, specPath.child('version')));
  found.push(...requiredNames(spec));
  if (first) found.push(...(await sharedFaults(first, shared, versions.some(hasStatus))));
  const conversion = specPath.child('conversion');
  const strategy = spec.conversion?.strategy;
  if (spec.preserveUnknownFields && strategy !== undefined && strategy !== 'None') {
    const detail = 'must be None if spec.preserveUnknownFields is true';
    found.push(faults.invalid(conversion.child('strategy'), strategy, detail));
  }
  found.push(...conversionFaults(spec.conversion, conversion));
  return found;
}

function groupFaults({ group }: DefinitionSpec): FieldError[] {
  const path = specPath.child('group');
  if (!group) return [faults.required(path)];
  const messages = dns1123Subdomain(group);
  if (messages.length > 0) return [faults.invalid(path, group, messages.join(','))];
  return group.includes('.') ? [] : [faults.invalid(path, group, 'should be a domain with at least one dot')];
}

function scopeFaults({ scope }: DefinitionSpec): FieldError[] {
  const path = specPath.child('scope');
  if (!scope) return [faults.required(path)];
  const supported = ['Cluster', 'Namespaced'];
  return supported.includes(scope) ? [] : [faults.notSupported(path, scope, supported)];
}

function preservingFaults({ preserveUnknownFields }: DefinitionSpec): FieldError[] {
  if (!preserveUnknownFields) return [];
  const detail =
    'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
  return [faults.invalid(specPath.child('preserveUnknownFields'), true, detail)];
}

/** What all versions have alike is said of the definition, not of a version. */
interface Shared {
  schema: boolean;
  subresources: boolean;
  columns: boolean;
  selectable: boolean;
  /** Names of versions whose schemas are as they were. */
  known: ReadonlySet<string>;
  /** The types of the API. */
  types: SchemaSet;
}

function sharedParts(
  versions: readonly DefinitionVersion[],
  types: SchemaSet,
  old: DefinitionSpec | undefined,
): Shared {
  const [first] = versions;
  const alike = (part: (version: DefinitionVersion) => unknown) =>
    first !== undefined && versions.every((version) => deepEqual(part(version), part(first)));
  return {
    types,
    schema: alike(({ schema }) => schema),
    subresources: alike(({ subresources }) => subresources),
    columns: alike(({ additionalPrinterColumns }) => additionalPrinterColumns),
    selectable: alike(({ selectableFields }) => selectableFields),
    known: new Set(versions.filter((version) => hadSchema(old, version)).map(({ name }) => name)),
  };
}

function hadSchema(old: DefinitionSpec | undefined, { name, schema }: DefinitionVersion): boolean {
  const before = old?.versions?.find((version) => version.name === name);
  return before !== undefined && deepEqual(before.schema, schema);
}

async function versionFaults(
  version: DefinitionVersion,
  path: FieldPath,
  shared: Shared,
): Promise<FieldError[]> {
  const found = labelFaults(version.name ?? '', path.child('name'));
  found.push(...deprecationFaults(version, path.child('deprecationWarning')));
  const schema = version.schema?.openAPIV3Schema;
  if (!shared.schema && schema)
    found.push(
      ...(await schemaFaults(schema, path.child('schema', 'openAPIV3Schema'), {
        hasStatus: hasStatus(version),
        known: shared.known.has(version.name),
        schemas: shared.types,
      })),
    );
  if (!shared.subresources)
    found.push(...subresourcesFaults(version.subresources, path.child('subresources')));
  if (!shared.columns) found.push(...columnFaults(version, path.child('additionalPrinterColumns')));
  if (!shared.selectable)
    found.push(...selectableFieldsFaults(version, path.child('selectableFields'), missingInVersion));
  return found;
}

function labelFaults(name: string, path: FieldPath): FieldError[] {
  const messages = dns1035Label(name);
  return messages.length > 0 ? [faults.invalid(path, name, messages.join(','))] : [];
}

/** `hasStatus`: some version has. */
async function sharedFaults(
  first: DefinitionVersion,
  shared: Shared,
  hasStatus: boolean,
): Promise<FieldError[]> {
  const schema = first.schema?.openAPIV3Schema;
  const schemaPath = specPath.child('validation', 'openAPIV3Schema');
  return [
    ...(shared.schema && schema
      ? await schemaFaults(schema, schemaPath, {
          hasStatus,
          known: shared.known.has(first.name),
          schemas: shared.types,
        })
      : []),
    ...(shared.subresources ? subresourcesFaults(first.subresources, specPath.child('subresources')) : []),
    ...(shared.columns ? columnFaults(first, specPath.child('additionalPrinterColumns')) : []),
    ...(shared.selectable
      ? selectableFieldsFaults(first, specPath.child('selectableFields'), missingForAll)
      : []),
  ];
}

function hasStatus({ subresources }: DefinitionVersion): boolean {
  return subresources?.status !== undefined;
}

function deprecationFaults(
  { deprecated, deprecationWarning }: DefinitionVersion,
  path: FieldPath,
): FieldError[] {
  if (deprecationWarning === undefined) return [];
  if (!deprecated)
    return [faults.invalid(path, deprecationWarning, 'can only be set for deprecated versions')];
  const say = (detail: string) => faults.invalid(path, deprecationWarning, detail);
  const length = Buffer.byteLength(deprecationWarning);
  const found: FieldError[] = [];
  if (length > 256) found.push(say('must be <= 256 characters long'));
  if (length === 0) found.push(say('must not be an empty string'));
  const [unprintable] = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.exec(deprecationWarning) ?? [];
  if (unprintable !== undefined) {
    const [before = ''] = deprecationWarning.split(unprintable);
    const detail = `must only contain printable UTF-8 characters; non-printable character found at index ${Buffer.byteLength(before)}`;
    found.push(say(detail));
  }
  return found;
}

function missingSchemas(versions: readonly DefinitionVersion[]): FieldError[] {
  return versions.flatMap(({ schema }, index) =>
    schema?.openAPIV3Schema
      ? []
      : [
          faults.required(
            specPath.child('versions').index(index).child('schema', 'openAPIV3Schema'),
            'schemas are required',
          ),
        ],
  );
}

function versionListFaults(versions: readonly DefinitionVersion[]): FieldError[] {
  const path = specPath.child('versions');
  const names = versions.map(({ name }) => name);
  const stored = versions.filter(({ storage }) => storage).length;
  const say = (detail: string) => faults.invalid(path, versions, detail);
  return [
    ...(new Set(names).size < names.length ? [say('must contain unique version names')] : []),
    ...(stored === 1 ? [] : [say('must have exactly one version marked as storage version')]),
  ];
}

function requiredNames({ names }: DefinitionSpec): FieldError[] {
  const path = specPath.child('names');
  const missing = (['plural', 'singular', 'kind', 'listKind'] as const).filter((field) => !names?.[field]);
  return [...missing.map((field) => faults.required(path.child(field))), ...namesFaults(names, 'spec.names')];
}

/** What has been let through so far may stay so. */
function approvalFaults(next: CustomResourceDefinition, old?: CustomResourceDefinition): FieldError[] {
  if (!isProtectedGroup(next.spec.group ?? '')) return [];
  const state = approvalOf(next);
  if (old && approvalOf(old) === state) return [];
  const path = root.child('metadata', 'annotations').key(approvalAnnotation);
  const see = 'see https://github.com/kubernetes/enhancements/pull/1111';
  const must = `protected groups must have approval annotation "${approvalAnnotation}"`;
  if (state === 'missing') return [faults.required(path, `${must}, ${see}`)];
  if (state !== 'invalid') return [];
  const forms = 'with either a URL or a reason starting with "unapproved"';
  return [faults.invalid(path, next.metadata?.annotations?.[approvalAnnotation], `${must} ${forms}, ${see}`)];
}
