// Which images a node tells of in its status: as the kubelet does, so that a status stays small. Pure.

import type { Node } from '../../../shared/api/index.ts';
import type { RuntimeImage } from '../../runtime/index.ts';

export type NodeImages = NonNullable<NonNullable<Node['status']>['images']>;

const mostImages = 50;
const mostNames = 5;

/** The largest first, each with its digests and then its tags. What two runtimes hold alike is one. */
export function nodeImages(images: readonly RuntimeImage[]): NodeImages {
  const told = new Set<string>();
  const isNews = ({ names }: RuntimeImage) => {
    const news = names.some((name) => !told.has(name));
    for (const name of names) told.add(name);
    return news;
  };
  return [...images]
    .sort((a, b) => b.sizeBytes - a.sizeBytes || (a.id < b.id ? -1 : 1))
    .filter(isNews)
    .slice(0, mostImages)
    .map(({ names, sizeBytes }) => ({ names: digestsFirst(names).slice(0, mostNames), sizeBytes }));
}

function digestsFirst(names: readonly string[]): string[] {
  const isDigest = (name: string) => name.includes('@');
  return [...names.filter(isDigest), ...names.filter((name) => !isDigest(name))];
}
