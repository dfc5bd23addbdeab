// The part of metadata that the server sets, whatever a client sends.

import { randomInt, randomUUID } from 'node:crypto';
import { formatTime, type KubeObject, type Live } from '../../../shared/machinery/index.ts';
import { type Kind, metaOf } from '../kind.ts';

/** Upstream's alphabet: no vowels and nothing that looks like another letter. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const randomLength = 5;
const longestBase = 63 - randomLength;

/** `base` and five random characters, as apiserver's names.SimpleNameGenerator. */
export function generatedName(base: string): string {
  let name = base.slice(0, longestBase);
  for (let index = 0; index < randomLength; index += 1) name += alphabet[randomInt(alphabet.length)];
  return name;
}

/** `now` is milliseconds since the epoch. */
export function setCreatedMeta(next: KubeObject, { strategy }: Kind, now: number): void {
  const meta = metaOf(next);
  if (!meta.name && meta.generateName) meta.name = generatedName(meta.generateName);
  meta.uid = randomUUID();
  meta.creationTimestamp = formatTime(now);
  delete meta.resourceVersion;
  delete meta.generation;
  if (strategy.generation) meta.generation = 1;
  dropUnkept(next);
  delete meta.deletionTimestamp;
  delete meta.deletionGracePeriodSeconds;
}

/** A uid that a patch changed is left for validation to refuse. */
export function setUpdatedMeta(next: KubeObject, old: Live, changed: boolean): void {
  const meta = metaOf(next);
  const { uid, creationTimestamp, resourceVersion, deletionTimestamp, deletionGracePeriodSeconds } =
    old.metadata;
  meta.uid ||= uid;
  meta.creationTimestamp = creationTimestamp;
  meta.resourceVersion = resourceVersion;
  delete meta.generation;
  const { generation } = old.metadata;
  if (generation !== undefined || changed) meta.generation = (generation ?? 0) + (changed ? 1 : 0);
  dropUnkept(next);
  delete meta.deletionTimestamp;
  delete meta.deletionGracePeriodSeconds;
  if (deletionTimestamp !== undefined) meta.deletionTimestamp = deletionTimestamp;
  if (deletionGracePeriodSeconds !== undefined) meta.deletionGracePeriodSeconds = deletionGracePeriodSeconds;
}

function dropUnkept(next: KubeObject): void {
  const meta = metaOf(next);
  delete meta.selfLink;
}
