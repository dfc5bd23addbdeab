// Paths below a folder that is somebody's whole file system: links lead where they would lead for a process in there,
// never out of it.

import { lstatSync, readlinkSync } from 'node:fs';
import { join, posix } from 'node:path';

/** As the kernel bounds it. */
const mostLinks = 40;

/** What `path` of that file system is really called, from its `/` on and without links. What is not there stays as it is. */
export function resolveInside(root: string, path: string): string {
  const rest = path.split('/');
  let resolved = '/';
  let links = 0;
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      resolved = posix.dirname(resolved);
      continue;
    }
    const next = posix.join(resolved, part);
    const found = lstatSync(join(root, next), { throwIfNoEntry: false });
    if (!found?.isSymbolicLink()) {
      resolved = next;
      continue;
    }
    if (++links > mostLinks) throw new Error(`${path}: too many levels of symbolic links`);
    const target = readlinkSync(join(root, next));
    if (target.startsWith('/')) resolved = '/';
    rest.unshift(...target.split('/'));
  }
  return resolved;
}
