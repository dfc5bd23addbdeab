// The full name of an image, as docker and Kubernetes read short ones: `redis` is docker.io/library/redis:latest. Pure.

import { RuntimeFailure } from './runtime.ts';

export interface ImageName {
  /** Registry, path, and a tag or digest or both. */
  full: string;
  /** Host and port. */
  registry: string;
  /** Named without a registry: an image that was built on this board under that name is meant as well. */
  short: boolean;
  /** What it is called if it was built on this board. */
  local: string;
}

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const remote = new RegExp(
  `^(?<path>${component}(?:/${component})*)(?<tag>:[\\w][\\w.-]{0,127})?(?<digest>@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`,
);
const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const host = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const defaultRegistry = 'docker.io';
const longestPath = 255;
/** Hexadecimal digits. */
const digestLengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/** Throws RuntimeFailure(InvalidImageName) in the words of github.com/distribution/reference. */
export function imageName(text: string): ImageName {
  const { first, rest } = split(text);
  const { path = '', tag, digest = '' } = remote.exec(rest)?.groups ?? {};
  const fault = faultOf(text, { first, rest, path, digest });
  if (fault) throw new RuntimeFailure('InvalidImageName', `couldn't parse image name "${text}": ${fault}`);
  const version = `${tag ?? (digest ? '' : ':latest')}${digest}`;
  const registry = first ?? defaultRegistry;
  const official = registry === defaultRegistry && !path.includes('/');
  return {
    full: `${registry}/${official ? 'library/' : ''}${path}${version}`,
    registry,
    short: first === undefined,
    local: `localhost/${path}${version}`,
  };
}

/** Undefined: none. */
function faultOf(
  text: string,
  { first, rest, path, digest }: { first: string | undefined; rest: string; path: string; digest: string },
): string | undefined {
  if (/^[a-f0-9]{64}$/.test(text))
    return `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`;
  const [named = ''] = rest.split(':');
  if (named !== named.toLowerCase()) {
    const official = (first ?? defaultRegistry) === defaultRegistry && !rest.includes('/');
    return `invalid reference format: repository name (${official ? 'library/' : ''}${named}) must be lowercase`;
  }
  if (path === '' || (first !== undefined && !host.test(first))) return 'invalid reference format';
  if (path.length > longestPath) return `repository name must not be more than ${longestPath} characters`;
  if (digest === '') return undefined;
  const [algorithm = '', hex = ''] = digest.slice(1).split(':');
  const length = digestLengths[algorithm];
  if (length === undefined) return 'unsupported digest algorithm';
  if (hex.length !== length) return 'invalid checksum digest length';
  return /^[a-f0-9]+$/.test(hex) ? undefined : 'invalid checksum digest format';
}

/** The part before the first slash is a registry only if it looks like a host. */
function split(text: string): { first: string | undefined; rest: string } {
  const slash = text.indexOf('/');
  const head = text.slice(0, slash);
  const isHost = slash > 0 && (/[.:]/.test(head) || head === 'localhost' || head !== head.toLowerCase());
  if (!isHost) return { first: undefined, rest: text };
  const registry = head === 'index.docker.io' ? defaultRegistry : head;
  return { first: registry, rest: text.slice(slash + 1) };
}
