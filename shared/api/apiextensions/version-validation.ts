// What a version of a custom resource has beside its schema: subresources, columns, fields to select by.

import { type FieldError, type FieldPath, faults } from '../../machinery/index.ts';
import type { DefinitionSubresources, DefinitionVersion } from './definition.ts';
import { type JsonSchemaProps, propertyOf } from './json-schema.ts';
import { fieldNamesOf } from './simple-path.ts';

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const mostSelectableFields = 8;

export function subresourcesFaults(
  subresources: DefinitionSubresources | undefined,
  path: FieldPath,
): FieldError[] {
  const scale = subresources?.scale;
  if (!scale) return [];
  const within = (field: string, value: string, parent: string, required: boolean): FieldError[] => {
    const place = path.child('scale', field);
    if (!value) return required ? [faults.required(place)] : [];
    if (!value.startsWith('.'))
      return [faults.invalid(place, value, 'must be a simple json path starting with .')];
    return value.startsWith(`.${parent}.`)
      ? []
      : [faults.invalid(place, value, `should be a json path under .${parent}`)];
  };
  return [
    ...within('specReplicasPath', scale.specReplicasPath, 'spec', true),
    ...within('statusReplicasPath', scale.statusReplicasPath, 'status', true),
    ...labelSelectorFaults(scale.labelSelectorPath, path.child('scale', 'labelSelectorPath')),
  ];
}

function labelSelectorFaults(value: string | undefined, path: FieldPath): FieldError[] {
  if (!value) return [];
  if (!value.startsWith('.'))
    return [faults.invalid(path, value, 'must be a simple json path starting with .')];
  return value.startsWith('.status.') || value.startsWith('.spec.')
    ? []
    : [faults.invalid(path, value, 'should be a json path under either .spec or .status')];
}

export function columnFaults(
  { additionalPrinterColumns = [] }: DefinitionVersion,
  path: FieldPath,
): FieldError[] {
  return additionalPrinterColumns.flatMap(({ name, type, format, jsonPath }, index) => {
    const place = path.index(index);
    const types = `must be one of ${columnTypes.join(',')}`;
    const found: FieldError[] = [];
    if (!name) found.push(faults.required(place.child('name')));
    if (!type) found.push(faults.required(place.child('type'), types));
    else if (!columnTypes.includes(type)) found.push(faults.invalid(place.child('type'), type, types));
    if (format && !columnFormats.includes(format)) {
      const formats = `must be one of ${columnFormats.join(',')}`;
      found.push(faults.invalid(place.child('format'), format, formats));
    }
    if (!jsonPath) found.push(faults.required(place.child('JSONPath')));
    else if (!jsonPath.startsWith('.'))
      found.push(
        faults.invalid(place.child('JSONPath'), jsonPath, 'must be a simple json path starting with .'),
      );
    return found;
  });
}

export function selectableFieldsFaults(
  { selectableFields = [], schema }: DefinitionVersion,
  path: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  const found: FieldError[] = [];
  if (selectableFields.length > mostSelectableFields)
    found.push(faults.tooMany(path, selectableFields.length, mostSelectableFields));
  for (const [index, { jsonPath }] of selectableFields.entries()) {
    const place = path.index(index).child('jsonPath');
    if (!jsonPath) {
      found.push(faults.required(place, 'must be a simple json path starting with .'));
      continue;
    }
    const why = selectableFault(jsonPath, schema?.openAPIV3Schema);
    if (why) found.push(faults.invalid(place, jsonPath, why));
    else if (seen.has(jsonPath)) found.push(faults.duplicate(place, jsonPath));
    seen.add(jsonPath);
  }
  return found;
}

function selectableFault(jsonPath: string, schema: JsonSchemaProps | undefined): string | undefined {
  const names = fieldNamesOf(jsonPath);
  if (!names || names.length === 0) return 'is an invalid path: must be a simple json path starting with .';
  if (names[0] === 'metadata') return 'must not point to fields in metadata';
  let at: JsonSchemaProps | undefined = schema;
  for (const name of names) at = at && propertyOf(at, name);
  if (!at) return `is an invalid path: does not refer to a valid field`;
  return ['string', 'boolean', 'integer'].includes(at.type ?? '')
    ? undefined
    : 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
}
