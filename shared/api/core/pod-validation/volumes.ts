// A pod's volumes: a name each, and exactly one source.

import type { Volume } from 'kubernetes-types/core/v1';
import { dns1123Subdomain, type FieldError, type FieldPath, faults } from '../../../machinery/index.ts';
import { label, required } from './rules.ts';
import type { Volumes } from './volume-mounts.ts';
import { volumeSources } from './volume-sources.ts';

/** The faults, and the volumes that have none: only these can be mounted. `podName` is absent for templates. */
export function validateVolumes(
  volumes: readonly Volume[],
  podName: string | undefined,
  path: FieldPath,
): { found: FieldError[]; valid: Volumes } {
  const found: FieldError[] = [];
  const valid = new Map<string, Volume>();
  const claims = new Set(
    podName ? volumes.filter((each) => each.ephemeral).map((each) => `${podName}-${each.name}`) : [],
  );
  for (const [position, volume] of volumes.entries()) {
    const at = path.index(position);
    const own = [
      ...validateSource(volume, podName, at),
      ...validateName(volume.name, valid, at.child('name')),
    ];
    if (own.length === 0) valid.set(volume.name, volume);
    found.push(...own);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim && claims.has(claim)) {
      const detail = 'must not reference a PVC that gets created for an ephemeral volume';
      found.push(faults.invalid(at.child('persistentVolumeClaim', 'claimName'), claim, detail));
    }
  }
  return { found, valid };
}

function validateName(name: string, taken: Volumes, path: FieldPath): FieldError[] {
  const found = name ? label(name, path) : required(name, path);
  return taken.has(name) ? [...found, faults.duplicate(path, name)] : found;
}

function validateSource(volume: Volume, podName: string | undefined, path: FieldPath): FieldError[] {
  const given = volumeSources.flatMap(({ field, check }) => {
    const checked = field in volume ? check(volume, path.child(field)) : undefined;
    return checked ? [{ field, faults: checked }] : [];
  });
  const [first, ...others] = given;
  if (!first) return [faults.required(path, 'must specify a volume type')];
  const found = [...first.faults, ...validateClaimName(volume, podName, path)];
  return [
    ...found,
    ...others.map(({ field }) =>
      faults.forbidden(path.child(field), 'may not specify more than 1 volume type'),
    ),
  ];
}

/** An ephemeral volume becomes a claim named after the pod and the volume. */
function validateClaimName(
  { name, ephemeral }: Volume,
  podName: string | undefined,
  path: FieldPath,
): FieldError[] {
  if (!ephemeral || !podName || !name) return [];
  const claim = `${podName}-${name}`;
  return dns1123Subdomain(claim).map((text) =>
    faults.invalid(path.child('name'), name, `PVC name "${claim}": ${text}`),
  );
}
