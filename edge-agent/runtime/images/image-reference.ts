// What `image:` names: the board itself, a file behind an address or on the board, or something in a registry. Pure.

import { isLoopback } from '../../../shared/base/index.ts';
import { imageName } from '../image-name.ts';
import { RuntimeFailure } from '../runtime.ts';

/** The board's own file system. */
export const hostImage = 'host';

export type ImageSource =
  | { kind: 'host' }
  | { kind: 'url'; name: string; url: URL; digest?: string }
  | { kind: 'file'; name: string; path: string; digest?: string }
  | { kind: 'registry'; name: string; registry: string; repository: string; tag: string; digest?: string };

type Named = Exclude<ImageSource, { kind: 'host' }>;

const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** `name` of the answer is the image without its digest, whole. Throws RuntimeFailure(InvalidImageName) with the kubelet's words. */
export function parseImage(image: string): ImageSource {
  try {
    return sourceOf(image);
  } catch (error) {
    if (error instanceof RuntimeFailure) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new RuntimeFailure('InvalidImageName', `couldn't parse image name "${image}": ${why}`);
  }
}

function sourceOf(image: string): ImageSource {
  if (image === hostImage) return { kind: 'host' };
  const at = image.lastIndexOf('@');
  const [before, digest] = at < 0 ? [image, undefined] : [image.slice(0, at), image.slice(at + 1)];
  const source = /^[a-z]+:\/\//.test(before) ? parseUrl(before) : parseRegistry(image);
  if (digest === undefined) return source;
  if (!digestPattern.test(digest)) throw invalid(`"${digest}" must be sha256: and 64 hexadecimal digits`);
  return { ...source, digest };
}

function parseUrl(text: string): Named {
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

function parseRegistry(image: string): Named {
  const { full, registry } = imageName(image);
  const path = full.slice(registry.length + 1).replace(/@.*$/, '');
  const [repository = '', tag = 'latest'] = path.split(':');
  return { kind: 'registry', name: `${registry}/${repository}:${tag}`, registry, repository, tag };
}

const invalid = (why: string) => new Error(why);
