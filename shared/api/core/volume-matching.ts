// Which volume a claim can have: upstream's rules (pkg/controller/volume/persistentvolume/index.go and util.go).

import type { PersistentVolume, PersistentVolumeClaim } from 'kubernetes-types/core/v1';
import { type Live, Quantity, selectorFrom } from '../../machinery/index.ts';
import { classOf } from './volume-text.ts';

type Claim = Live<PersistentVolumeClaim>;
type Volume = Live<PersistentVolume>;

export function requestOf({ spec }: PersistentVolumeClaim): Quantity {
  return Quantity.parse(spec?.resources?.requests?.storage ?? '0');
}

export function capacityOf({ spec }: PersistentVolume): Quantity {
  return Quantity.parse(spec?.capacity?.storage ?? '0');
}

/** The volume says that it is this claim's: both are bound, or it was reserved by whoever made it. */
export function isVolumeOf({ spec }: Volume, { metadata }: Claim): boolean {
  const { name, namespace, uid } = spec?.claimRef ?? {};
  return name === metadata.name && namespace === metadata.namespace && (!uid || uid === metadata.uid);
}

/** Why a claim cannot have the volume that it names; undefined: it can. */
export function volumeMismatch(volume: Volume, claim: Claim): string | undefined {
  if (volume.metadata.deletionTimestamp)
    return `the volume is marked for deletion ${JSON.stringify(volume.metadata.name)}`;
  if (capacityOf(volume).compare(requestOf(claim)) < 0) return 'requested PV is too small';
  if (classNameOf(volume) !== classNameOf(claim)) return 'storageClassName does not match';
  if (!sameMode(volume, claim)) return 'incompatible volumeMode';
  return hasModes(volume, claim) ? undefined : 'incompatible accessMode';
}

export interface MatchOptions {
  /** The claim waits for its first consumer: only a volume that is reserved for it will do. */
  reservedOnly?: boolean;
  /** e.g. whether the volume can be reached from a node; default: every one suits. */
  suits?(volume: Volume): boolean;
}

/** The volume that is reserved for the claim, else the smallest that is large enough. */
export function volumeFor(
  claim: Claim,
  volumes: Iterable<Volume>,
  { reservedOnly = false, suits = () => true }: MatchOptions = {},
): Volume | undefined {
  const request = requestOf(claim);
  const selector = claim.spec?.selector ? selectorFrom(claim.spec.selector) : undefined;
  let best: Volume | undefined;
  for (const volume of volumes) {
    if (volume.metadata.deletionTimestamp || !sameMode(volume, claim) || !hasModes(volume, claim)) continue;
    const capacity = capacityOf(volume);
    if (capacity.compare(request) < 0 || !suits(volume)) continue;
    if (volume.spec?.claimRef) {
      if (isVolumeOf(volume, claim)) return volume;
      continue;
    }
    if (reservedOnly || volume.status?.phase !== 'Available') continue;
    if (classNameOf(volume) !== classNameOf(claim)) continue;
    if (selector && !selector.matches(volume.metadata.labels)) continue;
    if (!best || isBetter(volume, best)) best = volume;
  }
  return best;
}

/** Smaller; of equals the first by name, so that the choice does not depend on the order. */
function isBetter(volume: Volume, best: Volume): boolean {
  const difference = capacityOf(volume).compare(capacityOf(best));
  return difference < 0 || (difference === 0 && volume.metadata.name < best.metadata.name);
}

function classNameOf({ metadata, spec }: Volume | Claim): string {
  return classOf(metadata, spec?.storageClassName);
}

function sameMode(volume: Volume, claim: Claim): boolean {
  return (volume.spec?.volumeMode ?? 'Filesystem') === (claim.spec?.volumeMode ?? 'Filesystem');
}

function hasModes(volume: Volume, claim: Claim): boolean {
  const offered = volume.spec?.accessModes ?? [];
  return (claim.spec?.accessModes ?? []).every((mode) => offered.includes(mode));
}
