// From the arguments of a command to the resources that it is about.

import { UserError } from '../../../shared/base/index.ts';
import type { Discovery, ResourceType } from '../discovery/index.ts';
import { parseArguments } from './parse-arguments.ts';

export interface Scope {
  /** Absent: all namespaces. */
  namespace: string | undefined;
}

/** One object, or all objects of a type. */
export interface Selection {
  type: ResourceType;
  name?: string;
}

export interface Selected {
  /** By name; otherwise by type. */
  byName: boolean;
  selections: Selection[];
}

/** Throws UserError in kubectl's words for types that there are not, and for names across all namespaces. */
export async function select(args: readonly string[], discovery: Discovery, scope: Scope): Promise<Selected> {
  const parsed = parseArguments(args);
  if (parsed.form === 'types') {
    const types = await Promise.all(parsed.types.map((word) => discovery.meant(word)));
    return { byName: false, selections: types.flat().map((type) => ({ type })) };
  }
  const selections = await Promise.all(
    parsed.objects.map(async ({ type, name }) => ({ type: await discovery.named(type), name })),
  );
  if (scope.namespace === undefined && selections.some(({ type }) => type.namespaced))
    throw new UserError('a resource cannot be retrieved by name across all namespaces');
  return { byName: true, selections };
}
