// The table of `kelp api-resources`, by group and name as kubectl has it.

import { UserError } from '../../../shared/base/index.ts';
import { apiVersionOfType, qualifiedResource, type ResourceType } from '../discovery/index.ts';
import type { AccessFlags } from '../kubeconfig.ts';
import { TabWriter, tableLayout } from '../printers/tab-writer.ts';
import type { Session } from '../session.ts';

export interface ApiResourcesFlags extends AccessFlags {
  apiGroup?: string;
  namespaced?: string | boolean;
  verbs: readonly string[];
  categories: readonly string[];
  headers: boolean;
  sortBy: string;
  output: string;
}

export async function apiResources(flags: ApiResourcesFlags, session: Session): Promise<void> {
  if (!['', 'wide', 'name'].includes(flags.output))
    throw new UserError(`--output ${flags.output} is not available`);
  if (!['', 'name', 'kind'].includes(flags.sortBy))
    throw new UserError('--sort-by accepts only name or kind');
  const types = onePerResource(await session.discovery.types()).filter((type) => isWanted(type, flags));
  const sorted = types.sort((a, b) => compare(a, b, flags.sortBy));
  if (flags.output === 'name') {
    session.write(sorted.map((type) => `${qualifiedResource(type)}\n`).join(''));
    return;
  }
  const writer = new TabWriter(tableLayout);
  const wide = flags.output === 'wide';
  const headings = ['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND'];
  if (flags.headers) writer.line([...headings, ...(wide ? ['VERBS', 'CATEGORIES'] : [])]);
  for (const type of sorted)
    writer.line([...cells(type), ...(wide ? [type.verbs.join(','), type.categories.join(',')] : [])]);
  session.write(writer.flush());
}

/** Of several versions the preferred one: it comes first. */
function onePerResource(types: readonly ResourceType[]): ResourceType[] {
  const found = new Map<string, ResourceType>();
  for (const type of types) {
    const key = qualifiedResource(type);
    if (!found.has(key)) found.set(key, type);
  }
  return [...found.values()];
}

function isWanted(type: ResourceType, flags: ApiResourcesFlags): boolean {
  return (
    (flags.apiGroup === undefined || type.group === flags.apiGroup) &&
    (flags.namespaced === undefined || type.namespaced === (String(flags.namespaced) !== 'false')) &&
    flags.verbs.every((verb) => type.verbs.includes(verb)) &&
    flags.categories.every((category) => type.categories.includes(category)) &&
    type.verbs.length > 0
  );
}

function compare(a: ResourceType, b: ResourceType, sortBy: string): number {
  const key = ({ group, resource, kind }: ResourceType) =>
    sortBy === 'name' ? [resource] : sortBy === 'kind' ? [kind] : [group, resource];
  const [one, other] = [key(a).join('\0'), key(b).join('\0')];
  return one === other ? 0 : one < other ? -1 : 1;
}

function cells(type: ResourceType): string[] {
  return [
    type.resource,
    type.shortNames.join(','),
    apiVersionOfType(type),
    String(type.namespaced),
    type.kind,
  ];
}
