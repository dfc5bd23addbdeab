// The names of a custom resource, and the versions that its objects were stored in.

import { dns1035Label, type FieldError, FieldPath, faults } from '../../machinery/index.ts';
import type { CustomResourceDefinition, DefinitionNames } from './definition.ts';

export function namesFaults(names: DefinitionNames | undefined, at: string): FieldError[] {
  if (!names) return [];
  const path = new FieldPath(at);
  const label = (field: string, value: string | undefined) =>
    labelFaults(path.child(field), value, value, '');
  const kind = (field: string, value: string | undefined) =>
    labelFaults(path.child(field), value, value?.toLowerCase(), mixedCase);
  const each = (field: string, values: readonly string[] = []) =>
    values.flatMap((value, index) => labelFaults(path.child(field).index(index), value, value, ''));
  return [
    ...label('plural', names.plural),
    ...label('singular', names.singular),
    ...kind('kind', names.kind),
    ...kind('listKind', names.listKind),
    ...each('shortNames', names.shortNames),
    ...(names.kind && names.kind === names.listKind
      ? [faults.invalid(path.child('listKind'), names.listKind, 'kind and listKind may not be the same')]
      : []),
    ...each('categories', names.categories),
  ];
}

const mixedCase = 'may have mixed case, but should otherwise match: ';

function labelFaults(
  path: FieldPath,
  shown: string | undefined,
  checked: string | undefined,
  prefix: string,
): FieldError[] {
  if (!checked) return [];
  const messages = dns1035Label(checked);
  return messages.length > 0 ? [faults.invalid(path, shown, prefix + messages.join(','))] : [];
}

export function storedVersionsFaults({ spec, status }: CustomResourceDefinition): FieldError[] {
  const path = new FieldPath('status.storedVersions');
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0) return [faults.invalid(path, stored, 'must have at least one stored version')];
  // As upstream: each name is taken once, so that of two versions of one name the second is missed.
  const unmatched = new Map(stored.map((name, index) => [name, index]));
  const found = (spec.versions ?? []).flatMap((version) => {
    const known = unmatched.delete(version.name);
    const fault = faults.invalid(path, version, `must have the storage version ${version.name}`);
    return version.storage && !known ? [fault] : [];
  });
  for (const [name, index] of unmatched)
    found.push(faults.invalid(path.index(index), name, 'must appear in spec.versions'));
  return found;
}
