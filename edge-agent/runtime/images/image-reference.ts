// What `image:` names: the board itself, a file behind an address or on the board, or something in a registry. Pure.

import { isLoopback } from '../../../shared/base/index.ts';
import { RuntimeFailure } from '../runtime.ts';

/** The board's own file system. */
export const hostImage = 'host';

export type ImageSource =
  | { kind: 'host' }
  | { kind: 'url'; name: string; url: URL; digest?: string }
  | { kind: 'file'; name: string; path: string; digest?: string }
  | { kind: 'registry'; name: string; registry: string; repository: string; tag: string; digest?: string };

const digestPattern = /^sha256:[0-9a-f]{64}$/;
const componentPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const registryPattern = /^[A-Za-z0-9.-]+(?::\d+)?$|^\[[0-9a-f:]+\](?::\d+)?$/;
const tagPattern = /^\w[\w.-]{0,127}$/;

/** `name` of the answer is the image without its digest, whole. Throws RuntimeFailure(InvalidImageName) with the kubelet's words. */
export function parseImage(image: string): ImageSource {
  try {
    return sourceOf(image);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RuntimeFailure('InvalidImageName', `couldn't parse image name "${image}": ${why}`);
  }
}

function sourceOf(image: string): ImageSource {
  if (image === hostImage) return { kind: 'host' };
  const at = image.lastIndexOf('@');
  const [before, digest] = at < 0 ? [image, undefined] : [image.slice(0, at), image.slice(at + 1)];
  if (digest !== undefined && !digestPattern.test(digest))
    throw invalid(`"${digest}" must be sha256: and 64 hexadecimal digits`);
  const pinned = digest === undefined ? {} : { digest };
  if (/^[a-z]+:\/\//.test(before)) return { ...parseUrl(before), ...pinned };
  return { ...parseRegistry(before), ...pinned };
}

function parseUrl(text: string): ImageSource {
  if (!URL.canParse(text)) throw invalid(`"${text}" is no URL`);
  const url = new URL(text);
  if (url.protocol === 'file:') {
    if (url.hostname !== '') throw invalid(`"${text}" must be file:///path: a file of the board itself`);
    return { kind: 'file', name: text, path: decodeURIComponent(url.pathname) };
  }
  const allowed = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  if (!allowed) throw invalid(`"${text}" must begin with https:// or file:// (http:// only on loopback)`);
  return { kind: 'url', name: text, url };
}

function parseRegistry(text: string): ImageSource {
  const colon = text.lastIndexOf(':');
  const tagged = colon > text.lastIndexOf('/');
  const [path, tag] = tagged ? [text.slice(0, colon), text.slice(colon + 1)] : [text, 'latest'];
  if (!tagPattern.test(tag)) throw invalid(`"${tag}" is no tag`);
  const [first = '', ...rest] = path.split('/');
  const named = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const registry = named ? first : 'docker.io';
  const components = named ? rest : [first, ...rest];
  if (named && !registryPattern.test(registry)) throw invalid(`"${registry}" is no registry`);
  if (!components.every((component) => componentPattern.test(component)))
    throw invalid('invalid reference format');
  const official = registry === 'docker.io' && components.length === 1 ? ['library'] : [];
  const repository = [...official, ...components].join('/');
  return { kind: 'registry', name: `${registry}/${repository}:${tag}`, registry, repository, tag };
}

const invalid = (why: string) => new Error(why);
