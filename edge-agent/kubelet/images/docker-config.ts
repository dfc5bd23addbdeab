// The credentials in a pull secret, and for which images they are meant. Matching is upstream's (pkg/credentialprovider):
// host by host part with globs, same port, path by prefix; the most specific entry first. Pure.

import { isRecord, type JsonObject } from '../../../shared/machinery/index.ts';
import type { ImageCredentials } from '../../runtime/index.ts';

export interface RegistryEntry {
  /** Host, port and path, e.g. `registry.example.com:5000/team` or `*.example.com`. */
  registry: string;
  credentials: ImageCredentials;
}

const hub = 'docker.io';
const namesOfHub = [hub, 'index.docker.io', 'registry-1.docker.io'];

/** From `.dockerconfigjson` (with `auths`) or `.dockercfg` (without). Throws when it is no JSON object; odd entries are left out. */
export function registryEntries(text: string): RegistryEntry[] {
  const config: unknown = JSON.parse(text);
  if (!isRecord(config)) throw new Error('it is no JSON object');
  const auths = isRecord(config.auths) ? config.auths : config;
  return Object.entries(auths).flatMap(([key, entry]) => {
    const credentials = isRecord(entry) ? credentialsIn(entry) : undefined;
    return credentials ? [{ registry: registryOf(key), credentials }] : [];
  });
}

/** `repository`: an image's full name without tag and digest. */
export function credentialsFor(repository: string, entries: readonly RegistryEntry[]): ImageCredentials[] {
  return entries
    .filter(({ registry }) => matches(registry, repository))
    .sort((a, b) => (a.registry < b.registry ? 1 : a.registry > b.registry ? -1 : 0))
    .map(({ credentials }) => credentials);
}

function credentialsIn({ auth, username, password }: JsonObject): ImageCredentials | undefined {
  if (typeof auth === 'string' && auth !== '') {
    const decoded = Buffer.from(auth, 'base64').toString();
    const colon = decoded.indexOf(':');
    // Some tools fill the password up with zeroes.
    return colon < 0
      ? undefined
      : { username: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, '') };
  }
  if (typeof username !== 'string' || typeof password !== 'string') return undefined;
  return { username, password };
}

/** Docker writes `https://index.docker.io/v1/`; the version is no path. */
function registryOf(key: string): string {
  const bare = key.replace(/^https?:\/\//, '').replace(/\/+$/, '');
  const [host = '', ...path] = bare.split('/');
  const rest = path[0] === 'v1' || path[0] === 'v2' ? path.slice(1) : path;
  return [namesOfHub.includes(host) ? hub : host, ...rest].join('/');
}

function matches(registry: string, repository: string): boolean {
  const [host = '', ...path] = registry.split('/');
  const [wantedHost = '', ...wantedPath] = repository.split('/');
  if (!wantedPath.join('/').startsWith(path.join('/'))) return false;
  const [names = '', port = ''] = host.split(':');
  const [wantedNames = '', wantedPort = ''] = wantedHost.split(':');
  const globs = names.split('.');
  const parts = wantedNames.split('.');
  return (
    port === wantedPort &&
    globs.length === parts.length &&
    globs.every((glob, at) => fits(glob, parts[at] ?? ''))
  );
}

function fits(glob: string, part: string): boolean {
  if (!/[*?[]/.test(glob)) return glob === part;
  const pattern = glob
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  try {
    return new RegExp(`^${pattern}$`).test(part);
  } catch {
    return false; // no such pattern
  }
}
