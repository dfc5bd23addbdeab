// Annotations that mean something to a pod, where upstream still reads them.

import type { PodSpec, SeccompProfile } from 'kubernetes-types/core/v1';
import { type FieldError, type FieldPath, faults, parseInteger } from '../../../machinery/index.ts';
import { descending } from './paths.ts';

type Annotations = Readonly<Record<string, string>>;

export const mirrorPod = 'kubernetes.io/config.mirror';
export const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';
export const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
export const seccompPrefix = 'container.seccomp.security.alpha.kubernetes.io/';
const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';

export function validatePodAnnotations(
  annotations: Annotations,
  spec: PodSpec,
  path: FieldPath,
): FieldError[] {
  const mirror = annotations[mirrorPod];
  const found: FieldError[] = [];
  if (mirror !== undefined && !spec.nodeName) {
    const detail = 'must set spec.nodeName if mirror pod annotation is set';
    found.push(faults.invalid(path.key(mirrorPod), mirror, detail));
  }
  const cost = annotations[deletionCost];
  if (cost !== undefined && !isInt32(cost)) {
    found.push(faults.invalid(path.key(deletionCost), cost, 'must be a 32bit integer'));
  }
  return [...found, ...validateSeccomp(annotations, path), ...validateAppArmor(annotations, spec, path)];
}

function isInt32(text: string): boolean {
  const value = parseInteger(text);
  if (value === undefined || /^(\+|-?0\d)/.test(text)) return false;
  return BigInt.asIntN(32, value) === value;
}

function validateSeccomp(annotations: Annotations, path: FieldPath): FieldError[] {
  return Object.entries(annotations).flatMap(([key, profile]) => {
    if (key !== seccompPod && !key.startsWith(seccompPrefix)) return [];
    if (['runtime/default', 'docker/default', 'unconfined'].includes(profile)) return [];
    const at = path.child(key);
    if (profile.startsWith('localhost/')) return descending(profile.slice('localhost/'.length), at);
    return [faults.invalid(at, profile, 'must be a valid seccomp profile')];
  });
}

function validateAppArmor(annotations: Annotations, spec: PodSpec, path: FieldPath): FieldError[] {
  const names = new Set(namedContainers(spec).map(({ name }) => name));
  return Object.entries(annotations).flatMap(([key, profile]) => {
    if (!key.startsWith(appArmorPrefix)) return [];
    const container = key.slice(appArmorPrefix.length);
    const known = ['', 'runtime/default', 'unconfined'].includes(profile) || profile.startsWith('localhost/');
    const detail = `invalid AppArmor profile name: ${JSON.stringify(profile)}`;
    return [
      ...(names.has(container) ? [] : [faults.invalid(path.key(key), container, 'container not found')]),
      ...(known ? [] : [faults.invalid(path.key(key), profile, detail)]),
    ];
  });
}

function namedContainers(spec: PodSpec) {
  return [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
}

/** Where the old annotation and the field both say a seccomp profile, they say the same. `path` is the spec's. */
export function validateSeccompAgreement(
  annotations: Annotations,
  spec: PodSpec,
  path: FieldPath,
): FieldError[] {
  const lists = { initContainers: spec.initContainers ?? [], containers: spec.containers };
  const profiles = Object.entries(lists).flatMap(([field, containers]) =>
    containers.map(({ name, securityContext }, position) => ({
      annotation: annotations[`${seccompPrefix}${name}`],
      profile: securityContext?.seccompProfile,
      at: path.child(field).index(position),
    })),
  );
  const pod = {
    annotation: annotations[seccompPod],
    profile: spec.securityContext?.seccompProfile,
    at: path,
  };
  return [pod, ...profiles].flatMap(({ annotation, profile, at }) => {
    if (annotation === undefined || !profile) return [];
    return disagreement(annotation, profile, at.child('securityContext', 'seccompProfile'));
  });
}

function disagreement(annotation: string, profile: SeccompProfile, path: FieldPath): FieldError[] {
  const typeDiffers = [
    faults.forbidden(path.child('type'), 'seccomp type in annotation and field must match'),
  ];
  switch (profile.type) {
    case 'Unconfined':
      return annotation === 'unconfined' ? [] : typeDiffers;
    case 'RuntimeDefault':
      return ['runtime/default', 'docker/default'].includes(annotation) ? [] : typeDiffers;
    case 'Localhost': {
      if (!annotation.startsWith('localhost/')) return typeDiffers;
      if (annotation === `localhost/${profile.localhostProfile ?? ''}`) return [];
      const at = path.child('localhostProfile');
      return [faults.forbidden(at, 'seccomp profile in annotation and field must match')];
    }
    default:
      return [];
  }
}
