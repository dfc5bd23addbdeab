// Which images go when their file system fills up. Pure.

import type { RuntimeImage } from '../../runtime/index.ts';

export interface ImageGcFacts {
  usedBytes: number;
  capacityBytes: number;
  images: readonly RuntimeImage[];
  /** Ids of images that containers were made from. */
  inUse: ReadonlySet<string>;
  /** Id → when it was last seen in use, or first seen at all; milliseconds of the monotonic clock. */
  lastUsed: ReadonlyMap<string, number>;
  now: number;
}

export interface ImageGcPolicy {
  /** Percent of the file system: above the high one, images go until the low one is reached. */
  highPercent: number;
  lowPercent: number;
  /** An image that was in use so lately (milliseconds) stays. */
  minimumAge: number;
}

export interface ImageGcPlan {
  /** Those that were not used for longest first. */
  remove: readonly RuntimeImage[];
  /** What is to be freed. */
  wantedBytes: number;
}

export function planImageGc(facts: ImageGcFacts, policy: ImageGcPolicy): ImageGcPlan {
  const { usedBytes, capacityBytes } = facts;
  const usedPercent = capacityBytes === 0 ? 0 : (100 * usedBytes) / capacityBytes;
  if (usedPercent < policy.highPercent) return { remove: [], wantedBytes: 0 };
  const wantedBytes = Math.ceil(usedBytes - (capacityBytes * policy.lowPercent) / 100);
  const remove: RuntimeImage[] = [];
  let freed = 0;
  for (const image of unusedImages(facts, policy.minimumAge)) {
    if (freed >= wantedBytes) break;
    remove.push(image);
    freed += image.sizeBytes;
  }
  return { remove, wantedBytes };
}

/** Those that no container needs, and that were not used for so long; the oldest first. */
export function unusedImages(
  { images, inUse, lastUsed, now }: Pick<ImageGcFacts, 'images' | 'inUse' | 'lastUsed' | 'now'>,
  minimumAge: number,
): RuntimeImage[] {
  const usedAt = ({ id }: RuntimeImage) => lastUsed.get(id) ?? now;
  return images
    .filter((image) => !inUse.has(image.id) && now - usedAt(image) >= minimumAge)
    .sort((a, b) => usedAt(a) - usedAt(b) || a.createdAt - b.createdAt);
}
