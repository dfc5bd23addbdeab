// Which changes of a pod are allowed: images, a shorter deadline, more tolerations, fewer scheduling gates. Nothing else.

import type { Container, Pod, PodSpec, Toleration } from 'kubernetes-types/core/v1';
import {
  deepEqual,
  type FieldError,
  FieldPath,
  faults,
  type Live,
  mutableCopy,
} from '../../../machinery/index.ts';
import { appArmorPrefix, mirrorPod } from './annotations.ts';
import { allowGatedChanges } from './gated-update.ts';
import { validateDeadline } from './spec.ts';
import { specDifference } from './spec-difference.ts';

const changeable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

export function validatePodUpdate(next: Pod, old: Live<Pod>): FieldError[] {
  const path = new FieldPath('spec');
  const before = old.spec ?? { containers: [] };
  const after = next.spec ?? { containers: [] };
  const found = validateAnnotationUpdate(next, old);
  for (const field of ['containers', 'initContainers'] as const) {
    const [nextList, oldList] = [after[field] ?? [], before[field] ?? []];
    if (nextList.length !== oldList.length) {
      return [...found, faults.forbidden(path.child(field), 'pod updates may not add or remove containers')];
    }
    found.push(...validateImages(nextList, path.child(field)));
  }
  const deadline = validateDeadlineUpdate(after, before, path);
  if (deadline.length > 0) return [...found, ...deadline];
  found.push(...validateAddedTolerations(after.tolerations ?? [], before.tolerations ?? [], path));
  found.push(...validateRemovedGates(after, before, path.child('schedulingGates')));
  return deepEqual(after, before) ? found : [...found, ...validateRest(after, before, path)];
}

/** Every change that is allowed is undone in a copy: what differs then is forbidden. */
function validateRest(after: PodSpec, before: PodSpec, path: FieldPath): FieldError[] {
  const rest = mutableCopy(after);
  undoImages(rest.containers, before.containers);
  undoImages(rest.initContainers ?? [], before.initContainers ?? []);
  for (const field of ['activeDeadlineSeconds', 'schedulingGates', 'tolerations'] as const) {
    restore(rest, before, field);
  }
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && rest.terminationGracePeriodSeconds === 1) {
    restore(rest, before, 'terminationGracePeriodSeconds');
  }
  const found = before.schedulingGates?.length ? allowGatedChanges(rest, before, path) : [];
  const difference = specDifference(before, rest);
  if (!difference) return found;
  return [
    ...found,
    faults.forbidden(path, `pod updates may not change fields other than ${changeable}\n${difference}`),
  ];
}

/** Puts back what the field was, its absence too. */
function restore<F extends keyof PodSpec>(rest: PodSpec, before: PodSpec, field: F): void {
  if (before[field] === undefined) delete rest[field];
  else rest[field] = before[field];
}

function undoImages(containers: Container[], before: readonly Container[]): void {
  for (const [position, container] of containers.entries()) {
    const image = before[position]?.image;
    if (image === undefined) delete container.image;
    else container.image = image;
  }
}

function validateImages(containers: readonly Container[], path: FieldPath): FieldError[] {
  return containers.flatMap(({ image = '' }, position) => {
    const at = path.index(position).child('image');
    if (!image) return [faults.required(at)];
    if (image.trim() === image) return [];
    return [faults.invalid(at, image, 'must not have leading or trailing whitespace')];
  });
}

function validateDeadlineUpdate(after: PodSpec, before: PodSpec, path: FieldPath): FieldError[] {
  const [next, old] = [after.activeDeadlineSeconds, before.activeDeadlineSeconds];
  const at = path.child('activeDeadlineSeconds');
  if (next === undefined) {
    if (old === undefined) return [];
    return [faults.invalid(at, null, 'must not update from a positive integer to nil value')];
  }
  const found = validateDeadline(next, 0, path);
  if (found.length > 0 || old === undefined || next <= old) return found;
  return [faults.invalid(at, next, 'must be less than or equal to previous value')];
}

function validateAddedTolerations(
  next: readonly Toleration[],
  old: readonly Toleration[],
  path: FieldPath,
): FieldError[] {
  const key = ({ tolerationSeconds: _, ...rest }: Toleration) => rest;
  const kept = old.every((each) => next.some((candidate) => deepEqual(key(candidate), key(each))));
  if (kept) return [];
  const detail = 'existing toleration can not be modified except its tolerationSeconds';
  return [faults.forbidden(path.child('tolerations'), detail)];
}

function validateRemovedGates(after: PodSpec, before: PodSpec, path: FieldPath): FieldError[] {
  const known = new Set((before.schedulingGates ?? []).map(({ name }) => name));
  return (after.schedulingGates ?? []).flatMap(({ name }, position) => {
    if (known.has(name)) return [];
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`;
    return [faults.forbidden(path.index(position).child('name'), detail)];
  });
}

/** Also of a status update: annotations may change there too. */
export function validateAnnotationUpdate(next: Pod, old: Live<Pod>): FieldError[] {
  const path = new FieldPath('metadata.annotations');
  const [after, before] = [next.metadata?.annotations ?? {}, old.metadata.annotations ?? {}];
  const noun = (key: string) => {
    if (key.startsWith(appArmorPrefix)) return 'AppArmor annotations';
    return key === mirrorPod ? 'mirror pod annotation' : undefined;
  };
  const changed = Object.keys(before).filter((key) => after[key] !== before[key]);
  const added = Object.keys(after).filter((key) => before[key] === undefined);
  const refuse = (verb: string) => (key: string) => {
    const what = noun(key);
    return what ? [faults.forbidden(path.key(key), `may not ${verb} ${what}`)] : [];
  };
  return [...changed.flatMap(refuse('remove or update')), ...added.flatMap(refuse('add'))];
}
