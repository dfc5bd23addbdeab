// Acting as somebody else (`kubectl --as`): who a request's headers name, and whether the caller may act as them
// (k8s.io/apiserver/pkg/endpoints/filters/impersonation.go).

import type { IncomingMessage } from 'node:http';
import { accountGroups, accountOf } from '../../../shared/api/index.ts';
import { ApiError } from '../../../shared/machinery/index.ts';
import type { AccessReview, UserInfo } from '../request.ts';
import { anonymous } from './authenticate.ts';

const extraPrefix = 'impersonate-extra-';

/** Whom the caller wants to be; undefined: nobody else. Throws BadRequest for groups and the like of nobody. */
export function impersonationOf(
  request: Pick<IncomingMessage, 'headers' | 'headersDistinct'>,
): UserInfo | undefined {
  const wanted = Object.keys(request.headers).filter((header) => header.startsWith('impersonate-'));
  if (wanted.length === 0) return undefined;
  const headers = request.headersDistinct;
  const [name = ''] = headers['impersonate-user'] ?? [];
  if (!name) throw new ApiError('BadRequest', `requested ${wanted.join(', ')} without impersonating a user`);
  const [uid] = headers['impersonate-uid'] ?? [];
  const extra = wanted
    .filter((header) => header.startsWith(extraPrefix))
    .map((header): [string, string[]] => [
      unescaped(header.slice(extraPrefix.length)),
      headers[header] ?? [],
    ]);
  return {
    name,
    groups: headers['impersonate-group'] ?? [],
    ...(uid && { uid }),
    ...(extra.length > 0 && { extra: Object.fromEntries(extra) }),
  };
}

/** Throws Forbidden where the caller may not be all that; answers who acts from here on. */
export async function impersonate(
  caller: UserInfo,
  wanted: UserInfo,
  allow: (review: AccessReview) => Promise<void>,
): Promise<UserInfo> {
  for (const review of reviewsOf(wanted)) await allow({ user: caller, verb: 'impersonate', ...review });
  return { ...wanted, groups: groupsOf(wanted) };
}

function reviewsOf({ name, groups, uid, extra = {} }: UserInfo): Omit<AccessReview, 'user' | 'verb'>[] {
  const account = accountOf(name);
  const authentication = { group: 'authentication.k8s.io' };
  return [
    account ? { group: '', resource: 'serviceaccounts', ...account } : { group: '', resource: 'users', name },
    ...groups.map((group) => ({ group: '', resource: 'groups', name: group })),
    ...(uid ? [{ ...authentication, resource: 'uids', name: uid }] : []),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => ({ ...authentication, resource: 'userextras', subresource: key, name: value })),
    ),
  ];
}

/** An account's groups are its own unless others are named; whoever is known is in one more. */
function groupsOf({ name, groups }: UserInfo): string[] {
  const account = accountOf(name);
  const own = account && groups.length === 0 ? accountGroups(account.namespace) : groups;
  const everyone = name === anonymous.name ? 'system:unauthenticated' : 'system:authenticated';
  return own.includes('system:unauthenticated') ? [...own] : [...new Set([...own, everyone])];
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key; // as upstream: what is no escape is meant as it stands
  }
}
