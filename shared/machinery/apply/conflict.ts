// An apply that would change what others manage: which fields of whom, and the refusal that says so.

import { ApiError } from '../errors.ts';
import type { FieldPath } from './field-set.ts';
import type { Manager, ManagerId } from './owners.ts';
import { compareText, pathText } from './path-element.ts';

export interface Conflict {
  id: ManagerId;
  manager: Manager;
  path: FieldPath;
}

/** Thrown by an apply that is not forced. */
export class ApplyConflict extends Error {
  readonly conflicts: readonly Conflict[];

  constructor(conflicts: readonly Conflict[]) {
    super(`conflicts in ${conflicts.length} fields`);
    this.name = 'ApplyConflict';
    this.conflicts = [...conflicts].sort((left, right) => compareText(left.id, right.id));
  }

  /** As the API answers it. */
  toApiError(): ApiError {
    const causes = this.conflicts.map(({ manager, path }) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${managerText(manager)}`,
      field: pathText(path),
    }));
    return new ApiError('Conflict', messageOf(this.conflicts), { causes });
  }
}

function messageOf(conflicts: readonly Conflict[]): string {
  const [only] = conflicts;
  if (conflicts.length === 1 && only)
    return `Apply failed with 1 conflict: conflict with ${managerText(only.manager)}: ${pathText(only.path)}`;
  const lines: string[] = [];
  let last: ManagerId | undefined;
  for (const { id, manager, path } of conflicts) {
    if (id !== last) lines.push(`conflicts with ${managerText(manager)}:`);
    last = id;
    lines.push(`- ${pathText(path)}`);
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

function managerText({ name, operation, apiVersion, subresource }: Manager): string {
  const within = subresource ? ` with subresource ${JSON.stringify(subresource)}` : '';
  const using = operation === 'Update' ? ` using ${apiVersion}` : '';
  return `${JSON.stringify(name)}${within}${using}`;
}
