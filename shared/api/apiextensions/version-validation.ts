// What a version of a custom resource has beside its schema: subresources, columns, fields to select by.

import { type FieldError, type FieldPath, faults } from '../../machinery/index.ts';
import type { DefinitionSubresources, DefinitionVersion } from './definition.ts';
import { pathBelow, resolveFieldPath } from './schema/field-path.ts';

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const selectableTypes = ['string', 'boolean', 'integer'];
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

/** `missing`: what is said where there is no schema to select from. */
export function selectableFieldsFaults(
  { selectableFields = [], schema }: DefinitionVersion,
  path: FieldPath,
  missing: string,
): FieldError[] {
  const root = schema?.openAPIV3Schema;
  if (selectableFields.length === 0) return [];
  if (!root) return [faults.invalid(path, '', missing)];
  const seen = new Set<string>();
  const found: FieldError[] = [];
  for (const [index, { jsonPath }] of selectableFields.entries()) {
    const place = path.index(index).child('jsonPath');
    if (!jsonPath) {
      found.push(faults.required(place));
      continue;
    }
    const resolved = resolveFieldPath(jsonPath, root, false);
    if (resolved.fault) {
      found.push(faults.invalid(place, jsonPath, `is an invalid path: ${resolved.fault}`));
      continue;
    }
    if (resolved.names[0]?.name === 'metadata')
      found.push(faults.invalid(place, jsonPath, 'must not point to fields in metadata'));
    if (!selectableTypes.includes(resolved.schema?.type ?? '')) {
      const detail =
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
      found.push(faults.invalid(place, jsonPath, detail));
    }
    const name = pathBelow('', resolved).toString();
    if (seen.has(name)) found.push(faults.duplicate(place, jsonPath));
    seen.add(name);
  }
  if (seen.size > mostSelectableFields) found.push(faults.tooMany(path, seen.size, mostSelectableFields));
  return found;
}
