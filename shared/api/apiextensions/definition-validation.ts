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
import { schemaFaults } from './schema/schema-validation.ts';
import { columnFaults, selectableFieldsFaults, subresourcesFaults } from './version-validation.ts';

const root = new FieldPath();
const specPath = new FieldPath('spec');

/** Everything that is wrong with the definition; `old` is absent for a new one. */
export async function definitionFaults(
  next: CustomResourceDefinition,
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
    ...(await specFaults(spec, old?.spec)),
    ...(old ? immutableFaults(spec, old) : []),
    ...namesFaults(status?.acceptedNames, 'status.acceptedNames'),
    ...storedVersionsFaults(next),
    ...(!old || old.spec.group !== spec.group ? approvalFaults(next) : []),
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

async function specFaults(spec: DefinitionSpec, old?: DefinitionSpec): Promise<FieldError[]> {
  const versions = spec.versions ?? [];
  const shared = sharedParts(versions, old);
  const found = [...groupFaults(spec), ...scopeFaults(spec), ...preservingFaults(spec)];
  for (const [index, version] of versions.entries())
    found.push(...(await versionFaults(version, specPath.child('versions').index(index), shared)));
  found.push(...missingSchemas(versions), ...versionListFaults(versions), ...requiredNames(spec));
  const [first] = versions;
  if (first) found.push(...(await sharedFaults(first, shared)));
  found.push(...conversionFaults(spec.conversion, specPath.child('conversion')));
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
}

function sharedParts(versions: readonly DefinitionVersion[], old: DefinitionSpec | undefined): Shared {
  const [first] = versions;
  const alike = (part: (version: DefinitionVersion) => unknown) =>
    first !== undefined && versions.every((version) => deepEqual(part(version), part(first)));
  return {
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
  const messages = dns1035Label(version.name ?? '');
  const found =
    messages.length > 0 ? [faults.invalid(path.child('name'), version.name, messages.join(','))] : [];
  found.push(...deprecationFaults(version, path.child('deprecationWarning')));
  const schema = version.schema?.openAPIV3Schema;
  if (!shared.schema && schema)
    found.push(
      ...(await schemaFaults(schema, path.child('schema', 'openAPIV3Schema'), {
        hasStatus: hasStatus(version),
        known: shared.known.has(version.name),
      })),
    );
  if (!shared.subresources)
    found.push(...subresourcesFaults(version.subresources, path.child('subresources')));
  if (!shared.columns) found.push(...columnFaults(version, path.child('additionalPrinterColumns')));
  if (!shared.selectable) found.push(...selectableFieldsFaults(version, path.child('selectableFields')));
  return found;
}

async function sharedFaults(first: DefinitionVersion, shared: Shared): Promise<FieldError[]> {
  const schema = first.schema?.openAPIV3Schema;
  const schemaPath = specPath.child('validation', 'openAPIV3Schema');
  return [
    ...(first.name !== undefined && dns1035Label(first.name).length > 0
      ? [faults.invalid(specPath.child('version'), first.name, dns1035Label(first.name).join(','))]
      : []),
    ...(shared.schema && schema
      ? await schemaFaults(schema, schemaPath, {
          hasStatus: hasStatus(first),
          known: shared.known.has(first.name),
        })
      : []),
    ...(shared.subresources ? subresourcesFaults(first.subresources, specPath.child('subresources')) : []),
    ...(shared.columns ? columnFaults(first, specPath.child('additionalPrinterColumns')) : []),
    ...(shared.selectable ? selectableFieldsFaults(first, specPath.child('selectableFields')) : []),
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
  const length = Buffer.byteLength(deprecationWarning);
  if (length > 256) return [faults.invalid(path, deprecationWarning, 'must be <= 256 characters long')];
  if (length === 0) return [faults.invalid(path, deprecationWarning, 'must not be an empty string')];
  const position = [...deprecationWarning].findIndex((character) => /[\p{C}\p{Zl}\p{Zp}]/u.test(character));
  return position < 0
    ? []
    : [
        faults.invalid(
          path,
          deprecationWarning,
          `must only contain printable UTF-8 characters; non-printable character found at index ${position}`,
        ),
      ];
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

function approvalFaults(definition: CustomResourceDefinition): FieldError[] {
  if (!isProtectedGroup(definition.spec.group ?? '')) return [];
  const path = root.child('metadata', 'annotations').key(approvalAnnotation);
  const see = 'see https://github.com/kubernetes/enhancements/pull/1111';
  const must = `protected groups must have approval annotation "${approvalAnnotation}"`;
  const value = definition.metadata?.annotations?.[approvalAnnotation];
  switch (approvalOf(definition)) {
    case 'missing':
      return [faults.required(path, `${must}, ${see}`)];
    case 'invalid':
      return [
        faults.invalid(
          path,
          value,
          `${must} with either a URL or a reason starting with "unapproved", ${see}`,
        ),
      ];
    default:
      return [];
  }
}
