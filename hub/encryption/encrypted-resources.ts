// From `secrets`, `configmaps`, `tokens.example.com` as people name resources to where their objects stand in the store.

import type { ResourceNames } from '../../shared/api/index.ts';
import { UserError } from '../../shared/base/index.ts';
import type { Key } from '../store/index.ts';

/** Throws UserError for a name without a group that no built-in resource has. Custom resources may be yet to come. */
export function prefixesOf(names: readonly string[], builtIn: readonly ResourceNames[]): Key[] {
  return names.map((name) => {
    const [resource = '', ...group] = name.split('.');
    if (!/^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(name)) throw unknown(name, 'must be RESOURCE or RESOURCE.GROUP');
    if (group.length > 0) return `/${group.join('.')}/${resource}/`;
    if (builtIn.some((row) => row.group === '' && row.resource === resource)) return `/core/${resource}/`;
    const grouped = builtIn.find((row) => row.resource === resource || row.kind.toLowerCase() === resource);
    const right = grouped && [grouped.resource, ...(grouped.group ? [grouped.group] : [])].join('.');
    throw unknown(name, `there is no such resource${right ? `; did you mean ${right}?` : ''}`);
  });
}

function unknown(name: string, why: string): UserError {
  return new UserError(`encryptedResources: ${JSON.stringify(name)}: ${why}`);
}
