// Which images go: those that were not used for too long, and more when their file system fills up. Pure.

import type { RuntimeImage } from '../../runtime/index.ts';

/** Milliseconds of the monotonic clock. */
export interface ImageTimes {
  firstSeen: number;
  /** When it was last seen in use; undefined: never. */
  lastUsed: number | undefined;
}

export interface KnownImages {
  images: readonly RuntimeImage[];
  /** Ids of images that containers were made from. */
  inUse: ReadonlySet<string>;
  /** By id. */
  times: ReadonlyMap<string, ImageTimes>;
  now: number;
}

export interface ImageGcFacts extends KnownImages {
  usedBytes: number;
  capacityBytes: number;
  /** Since when images are watched. */
  began: number;
}

export interface ImageGcPolicy {
  /** Percent of the file system: from the high one on, images go until the low one is reached. 100: never for that reason. */
  highPercent: number;
  lowPercent: number;
  /** Milliseconds; an image that came so lately stays. */
  minimumAge: number;
  /** Milliseconds; an image that was not used for longer goes, however empty the disk is. 0: none for that reason. */
  maximumAge: number;
}

export interface ImageGcPlan {
  /** Not used for longer than the policy wants. */
  old: readonly RuntimeImage[];
  /** To make room, those that were not used for longest first. */
  remove: readonly RuntimeImage[];
  /** What is to be freed to make room. */
  wantedBytes: number;
}

export function planImageGc(facts: ImageGcFacts, policy: ImageGcPolicy): ImageGcPlan {
  const { usedBytes, capacityBytes } = facts;
  const old = oldImages(facts, policy);
  const free = capacityBytes === 0 ? 100 : Math.floor((100 * (capacityBytes - usedBytes)) / capacityBytes);
  if (policy.highPercent === 100 || 100 - free < policy.highPercent)
    return { old, remove: [], wantedBytes: 0 };
  const wantedBytes = Math.ceil(usedBytes - (capacityBytes * policy.lowPercent) / 100);
  const remove: RuntimeImage[] = [];
  let freed = 0;
  for (const image of unusedImages(facts, policy.minimumAge)) {
    if (freed >= wantedBytes) break;
    if (old.includes(image)) continue;
    remove.push(image);
    freed += image.sizeBytes;
  }
  return { old, remove, wantedBytes };
}

/** Those that no container needs, and that came so long ago; never used ones first, then the one last used longest ago. */
export function unusedImages(known: KnownImages, minimumAge: number): RuntimeImage[] {
  const { images, inUse, now } = known;
  const timesOf = ({ id }: RuntimeImage) => known.times.get(id) ?? { firstSeen: now, lastUsed: undefined };
  const usedAt = (image: RuntimeImage) => timesOf(image).lastUsed ?? 0;
  return images
    .filter((image) => !inUse.has(image.id) && now - timesOf(image).firstSeen >= minimumAge)
    .sort(
      (a, b) =>
        usedAt(a) - usedAt(b) ||
        order(timesOf(a).firstSeen, timesOf(b).firstSeen) ||
        a.createdAt - b.createdAt,
    );
}

/** None before images were watched for that long: nobody knows when they were used. */
function oldImages(facts: ImageGcFacts, { maximumAge }: ImageGcPolicy): RuntimeImage[] {
  const { now, began, times } = facts;
  if (maximumAge === 0 || now - began <= maximumAge) return [];
  return unusedImages(facts, 0).filter(({ id }) => {
    const { firstSeen = now, lastUsed = firstSeen } = times.get(id) ?? {};
    return now - lastUsed > maximumAge;
  });
}

/** Also of infinite ones. */
const order = (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0);
