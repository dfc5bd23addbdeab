// The name under which a writer's fields are kept: what it says, or else what its program calls itself.

import type { ApiRequest } from '../../request.ts';

const longestName = 128;

/** `fieldManager` has been validated. Never empty. */
export function managerName(fieldManager: string | undefined, { userAgent }: ApiRequest): string {
  return fieldManager || programOf(userAgent ?? '') || 'unknown';
}

/** What stands before the first `/` of a User-Agent, printable, of at most 128 bytes: upstream's prefixFromUserAgent. */
function programOf(userAgent: string): string {
  let name = '';
  let bytes = 0;
  for (const character of userAgent.split('/', 1)[0] ?? '') {
    if (/[\p{C}\p{Zl}\p{Zp}]/u.test(character)) continue;
    bytes += Buffer.byteLength(character);
    if (bytes > longestName) break;
    name += character;
  }
  return name;
}
