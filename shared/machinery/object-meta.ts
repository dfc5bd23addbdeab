// What is wrong with an object's metadata, as k8s.io/apimachinery/pkg/api/validation/objectmeta.go says it.

import type { ObjectMeta, OwnerReference } from 'kubernetes-types/meta/v1';
import { type FieldError, FieldPath, faults } from './field.ts';
import { goStrings } from './go-text.ts';
import {
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  labelValue,
  type NameRule,
  pathSegmentName,
  qualifiedName,
} from './names.ts';

/** The rules that a Kind may choose for `metadata.name`. */
export const nameRules = {
  'dns1123-subdomain': dns1123Subdomain,
  'dns1123-label': dns1123Label,
  'dns1035-label': dns1035Label,
  'path-segment': pathSegmentName,
} as const satisfies Record<string, NameRule>;

export type NameRuleName = keyof typeof nameRules;

export interface ObjectMetaRules {
  namespaced: boolean;
  /** Default: `dns1123-subdomain`. */
  nameRule?: NameRuleName | NameRule;
  /** Default: `metadata`. */
  path?: FieldPath;
  /** Custom resources may have finalizers without a domain. Default: they must have one, or be a standard one. */
  plainFinalizers?: boolean;
}

/** All keys and values of annotations together, bytes. */
export const annotationsLimit = 256 * 1024;

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);
const unqualified = 'name is neither a standard finalizer name nor is it fully qualified';
const metadataPath = new FieldPath('metadata');

/** Everything that is wrong with the metadata of an object to be created. */
export function validateObjectMeta(meta: ObjectMeta, rules: ObjectMetaRules): FieldError[] {
  const { path = metadataPath, namespaced, nameRule = 'dns1123-subdomain', plainFinalizers = false } = rules;
  const rule = typeof nameRule === 'function' ? nameRule : nameRules[nameRule];
  return [
    ...validateName(meta, rule, path),
    ...validateNamespace(meta, namespaced, path.child('namespace')),
    ...(meta.generation !== undefined && meta.generation < 0
      ? [faults.invalid(path.child('generation'), meta.generation, 'must be greater than or equal to 0')]
      : []),
    ...validateMaps(meta, path),
    ...validateFinalizers(meta.finalizers, path.child('finalizers'), plainFinalizers),
  ];
}

function validateMaps(meta: ObjectMeta, path: FieldPath): FieldError[] {
  return [
    ...validateLabels(meta.labels, path.child('labels')),
    ...validateAnnotations(meta.annotations, path.child('annotations')),
    ...validateOwnerReferences(meta.ownerReferences, path.child('ownerReferences')),
  ];
}

function validateName(meta: ObjectMeta, rule: NameRule, path: FieldPath): FieldError[] {
  const { name, generateName } = meta;
  const found: FieldError[] = [];
  if (generateName) {
    const sample = generateName.length > 1 ? generateName.replace(/.-$/, 'a') : generateName;
    found.push(...rule(sample).map((text) => faults.invalid(path.child('generateName'), generateName, text)));
  }
  if (!name) found.push(faults.required(path.child('name'), 'name or generateName is required'));
  else found.push(...rule(name).map((text) => faults.invalid(path.child('name'), name, text)));
  return found;
}

function validateNamespace({ namespace }: ObjectMeta, namespaced: boolean, path: FieldPath): FieldError[] {
  if (!namespaced) return namespace ? [faults.forbidden(path, 'not allowed on this type')] : [];
  if (!namespace) return [faults.required(path)];
  return dns1123Label(namespace).map((text) => faults.invalid(path, namespace, text));
}

/** Keys and values of labels, also of a selector's `matchLabels` or a nodeSelector. */
export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined,
  path: FieldPath,
): FieldError[] {
  const found: FieldError[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    found.push(...qualifiedName(key).map((text) => faults.invalid(path, key, text)));
    found.push(...labelValue(value).map((text) => faults.invalid(path, value, text)));
  }
  return found;
}

export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: FieldPath,
): FieldError[] {
  const found: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    found.push(...qualifiedName(key.toLowerCase()).map((text) => faults.invalid(path, key, text)));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > annotationsLimit) found.push(faults.tooLong(path, annotationsLimit));
  return found;
}

export function validateOwnerReferences(
  references: readonly OwnerReference[] | undefined,
  path: FieldPath,
): FieldError[] {
  const found: FieldError[] = [];
  let controller = '';
  for (const reference of references ?? []) {
    found.push(...validateOwnerReference(reference, path));
    if (!reference.controller) continue;
    const noun = `${reference.kind}/${reference.name}`;
    if (controller) {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${noun}`;
      found.push(faults.invalid(path, references, detail));
    } else controller = noun;
  }
  return found;
}

function validateOwnerReference(reference: OwnerReference, path: FieldPath): FieldError[] {
  const { apiVersion = '', kind = '', name = '', uid = '' } = reference;
  const found: FieldError[] = [];
  const parts = apiVersion.split('/');
  const version = parts.length <= 2 ? parts.at(-1) : '';
  if (!version) found.push(faults.invalid(path.child('apiVersion'), apiVersion, 'version must not be empty'));
  if (!kind) found.push(faults.invalid(path.child('kind'), kind, 'kind must not be empty'));
  if (!name) found.push(faults.invalid(path.child('name'), name, 'name must not be empty'));
  if (!uid) found.push(faults.invalid(path.child('uid'), uid, 'uid must not be empty'));
  if (apiVersion === 'v1' && kind === 'Event') {
    found.push(faults.invalid(path, reference, '/v1, Kind=Event is disallowed from being an owner'));
  }
  return found;
}

/** Of a finalizer of a namespace: it has a domain, or is a standard one. */
export function validateFinalizerName(name: string, path: FieldPath): FieldError[] {
  return [
    ...qualifiedName(name).map((text) => faults.invalid(path, name, text)),
    ...(isStandardOrQualified(name) ? [] : [faults.invalid(path, name, unqualified)]),
  ];
}

const isStandardOrQualified = (name: string) => name.includes('/') || standardFinalizers.has(name);

/** `plain` allows names without a domain. */
function validateFinalizers(
  finalizers: readonly string[] | undefined,
  path: FieldPath,
  plain = false,
): FieldError[] {
  const names = finalizers ?? [];
  const found = names.flatMap((name) => qualifiedName(name).map((text) => faults.invalid(path, name, text)));
  if (names.includes('orphan') && names.includes('foregroundDeletion')) {
    const detail = 'finalizer orphan and foregroundDeletion cannot be both set';
    found.push(faults.invalid(path, names, detail));
  }
  if (plain) return found;
  names.forEach((name, position) => {
    if (!isStandardOrQualified(name)) found.push(faults.invalid(path.index(position), name, unqualified));
  });
  return found;
}

const immutable = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const satisfies readonly (keyof ObjectMeta)[];

/**
 * What is wrong with a change of metadata. The caller has put what the system sets (uid, creationTimestamp,
 * deletionTimestamp …) into `next` where the client left it out.
 */
export function validateObjectMetaUpdate(
  next: ObjectMeta,
  old: ObjectMeta,
  rules: Pick<ObjectMetaRules, 'path' | 'plainFinalizers'> = {},
): FieldError[] {
  const { path = metadataPath, plainFinalizers = false } = rules;
  const found = old.deletionTimestamp ? validateNoNewFinalizers(next, old, path.child('finalizers')) : [];
  if (!next.resourceVersion) {
    const detail = 'must be specified for an update';
    found.push(faults.invalid(path.child('resourceVersion'), next.resourceVersion ?? '', detail));
  }
  if ((next.generation ?? 0) < (old.generation ?? 0)) {
    found.push(faults.invalid(path.child('generation'), next.generation ?? 0, 'must not be decremented'));
  }
  for (const field of immutable) {
    if ((next[field] ?? '') === (old[field] ?? '')) continue;
    found.push(faults.invalid(path.child(field), next[field] ?? '', 'field is immutable'));
  }
  found.push(...validateMaps(next, path));
  found.push(...validateFinalizers(next.finalizers, path.child('finalizers'), plainFinalizers));
  return found;
}

function validateNoNewFinalizers(next: ObjectMeta, old: ObjectMeta, path: FieldPath): FieldError[] {
  const extra = (next.finalizers ?? []).filter((name) => !old.finalizers?.includes(name)).sort();
  if (extra.length === 0) return [];
  const list = goStrings(extra);
  const detail = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
  return [faults.forbidden(path, detail)];
}
