// Volumes made of files that the cluster knows: ConfigMaps, Secrets, the pod's own fields, and all of these together.

import type { KeyToPath, Volume, VolumeProjection } from 'kubernetes-types/core/v1';
import { type FieldError, type FieldPath, faults } from '../../../machinery/index.ts';
import { validateDownwardFile } from './downward-api.ts';
import { descending, descendingUnreserved, fileMode } from './paths.ts';
import { required } from './rules.ts';

export function validateSecret(secret: NonNullable<Volume['secret']>, path: FieldPath): FieldError[] {
  return [
    ...required(secret.secretName, path.child('secretName')),
    ...fileMode(secret.defaultMode, path.child('defaultMode')),
    ...validateItems(secret.items, path),
  ];
}

export function validateConfigMap(map: NonNullable<Volume['configMap']>, path: FieldPath): FieldError[] {
  return [
    ...required(map.name, path.child('name')),
    ...fileMode(map.defaultMode, path.child('defaultMode')),
    ...validateItems(map.items, path),
  ];
}

export function validateDownwardApi(api: NonNullable<Volume['downwardAPI']>, path: FieldPath): FieldError[] {
  return [
    ...fileMode(api.defaultMode, path.child('defaultMode')),
    // Upstream names the volume, not the item.
    ...(api.items ?? []).flatMap((item) => validateDownwardFile(item, path)),
  ];
}

export function validateGitRepo(git: NonNullable<Volume['gitRepo']>, path: FieldPath): FieldError[] {
  return [
    ...required(git.repository, path.child('repository')),
    ...descending(git.directory ?? '', path.child('directory')),
  ];
}

function validateItems(items: readonly KeyToPath[] | undefined, path: FieldPath): FieldError[] {
  return (items ?? []).flatMap((item, position) =>
    validateKeyToPath(item, path.child('items').index(position)),
  );
}

function validateKeyToPath(item: KeyToPath, path: FieldPath): FieldError[] {
  return [
    ...required(item.key, path.child('key')),
    ...required(item.path, path.child('path')),
    ...descendingUnreserved(item.path ?? '', path.child('path')),
    ...fileMode(item.mode, path.child('mode')),
  ];
}

type Projected = NonNullable<Volume['projected']>;

export function validateProjected(projected: Projected, path: FieldPath): FieldError[] {
  const taken = new Set<string>();
  return [
    ...fileMode(projected.defaultMode, path.child('defaultMode')),
    ...(projected.sources ?? []).flatMap((source, position) =>
      validateProjection(source, taken, path, path.child('sources').index(position)),
    ),
  ];
}

function validateProjection(source: VolumeProjection, taken: Set<string>, volume: FieldPath, at: FieldPath) {
  const { secret, configMap, downwardAPI, serviceAccountToken, clusterTrustBundle } = source;
  const sources = [secret, configMap, downwardAPI, serviceAccountToken, clusterTrustBundle].filter(Boolean);
  const found = [
    ...(secret ? validateProjectedItems(secret, taken, volume, at.child('secret')) : []),
    ...(configMap ? validateProjectedItems(configMap, taken, volume, at.child('configMap')) : []),
    ...(downwardAPI?.items ?? []).flatMap((item) => [
      ...validateDownwardFile(item, at.child('downwardAPI')),
      ...claimPath(item.path, item.path, taken, volume),
    ]),
    ...(serviceAccountToken ? validateToken(serviceAccountToken, volume, at) : []),
    ...(clusterTrustBundle ? validateTrustBundle(clusterTrustBundle, taken, volume, at) : []),
  ];
  if (sources.length > 1) {
    found.push(faults.forbidden(at, 'may not specify more than 1 volume type per source'));
  }
  return found;
}

function validateProjectedItems(
  { name, items }: { name?: string; items?: KeyToPath[] },
  taken: Set<string>,
  volume: FieldPath,
  path: FieldPath,
): FieldError[] {
  return [
    ...required(name, path.child('name')),
    ...(items ?? []).flatMap((item, position) => [
      ...validateKeyToPath(item, path.child('items').index(position)),
      ...claimPath(item.path, name ?? '', taken, volume),
    ]),
  ];
}

/** Each file of the volume comes from one source only. */
function claimPath(target: string, shown: string, taken: Set<string>, volume: FieldPath): FieldError[] {
  if (!target) return [];
  if (taken.has(target)) return [faults.invalid(volume, shown, 'conflicting duplicate paths')];
  taken.add(target);
  return [];
}

type Token = NonNullable<VolumeProjection['serviceAccountToken']>;

function validateToken(token: Token, volume: FieldPath, at: FieldPath): FieldError[] {
  const expiration = at.child('serviceAccountToken', 'expirationSeconds');
  const seconds = token.expirationSeconds ?? 0;
  const found: FieldError[] = [];
  if (seconds < 600) {
    found.push(faults.invalid(expiration, seconds, 'may not specify a duration less than 10 minutes'));
  } else if (seconds > 2 ** 32) {
    found.push(faults.invalid(expiration, seconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  const target = volume.child('path');
  return [...found, ...(token.path ? descendingUnreserved(token.path, target) : [faults.required(target)])];
}

type TrustBundle = NonNullable<VolumeProjection['clusterTrustBundle']>;

function validateTrustBundle(bundle: TrustBundle, taken: Set<string>, volume: FieldPath, at: FieldPath) {
  const path = at.child('clusterTrustBundle');
  const found: FieldError[] = [];
  const { name, signerName } = bundle;
  if (name !== undefined && signerName !== undefined) {
    found.push(faults.invalid(path, bundle, 'only one of name and signerName may be used'));
  } else if (name === undefined && signerName === undefined) {
    found.push(faults.required(path, 'either name or signerName must be specified'));
  }
  return [
    ...found,
    ...required(bundle.path, path.child('path')),
    ...descendingUnreserved(bundle.path ?? '', path.child('path')),
    ...claimPath(bundle.path, bundle.path, taken, volume),
  ];
}
