// Whether the registries.conf of this board leads an image elsewhere than its name says: only podman follows that. Pure.

import { field, text } from './answers.ts';

/** `registries`: of `podman info`, by their prefixes. The longest prefix decides, as in containers-registries.conf(5). */
export function isRedirected(image: string, registries: unknown): boolean {
  if (typeof registries !== 'object' || registries === null) return false;
  const [entry] = Object.entries(registries)
    .filter(([prefix]) => prefix !== 'search' && covers(prefix, image))
    .sort(([a], [b]) => b.length - a.length);
  if (!entry) return false;
  const [prefix, registry] = entry;
  const mirrors = field(registry, 'Mirrors');
  const location = text(registry, 'Location');
  return (
    (Array.isArray(mirrors) && mirrors.length > 0) ||
    (location !== '' && location !== prefix) ||
    field(registry, 'Blocked') === true
  );
}

/** A prefix ends where a part of the name does; `*.` stands for the beginnings of a host. */
function covers(prefix: string, image: string): boolean {
  if (prefix.startsWith('*.')) {
    const [host = ''] = image.split('/');
    const [wanted = '', ...path] = prefix.slice(1).split('/');
    return host.endsWith(wanted) && covers([host, ...path].join('/'), image);
  }
  return image === prefix || (image.startsWith(prefix) && /^[/:@]/.test(image.slice(prefix.length)));
}
