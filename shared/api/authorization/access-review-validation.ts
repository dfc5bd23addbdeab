// What is wrong with a question about access, as upstream's validation of authorization.k8s.io says it.

import type {
  LocalSubjectAccessReview,
  NonResourceAttributes,
  ResourceAttributes,
  SelfSubjectAccessReview,
  SubjectAccessReview,
} from 'kubernetes-types/authorization/v1';
import {
  deepEqual,
  type FieldError,
  FieldPath,
  faults,
  goStruct,
  type ObjectMeta,
} from '../../machinery/index.ts';

/** Selectors narrow a question since v1.31; kubernetes-types does not know them yet. */
interface SelectorAttributes {
  rawSelector?: string;
  requirements?: { key?: string; operator?: string; values?: string[] }[];
}

interface Attributes {
  resourceAttributes?: ResourceAttributes & {
    fieldSelector?: SelectorAttributes;
    labelSelector?: SelectorAttributes;
  };
  nonResourceAttributes?: NonResourceAttributes;
}

const path = new FieldPath('spec');

export function validateSelfSubjectAccessReview({ metadata, spec }: SelfSubjectAccessReview): FieldError[] {
  return [...validateAttributes(spec ?? {}), ...validateMeta(metadata, 'must be empty')];
}

export function validateSubjectAccessReview({ metadata, spec = {} }: SubjectAccessReview): FieldError[] {
  return [...validateAttributes(spec), ...validateSubject(spec), ...validateMeta(metadata, 'must be empty')];
}

export function validateLocalSubjectAccessReview(review: LocalSubjectAccessReview): FieldError[] {
  const { metadata: { namespace, ...metadata } = {}, spec = {} } = review;
  const { resourceAttributes: asked, nonResourceAttributes: other } = spec;
  const at = path.child('resourceAttributes', 'namespace');
  return [
    ...validateAttributes(spec),
    ...validateSubject(spec),
    ...validateMeta(metadata, 'must be empty except for namespace'),
    ...(asked && (asked.namespace ?? '') !== (namespace ?? '')
      ? [faults.invalid(at, asked.namespace ?? '', 'must match metadata.namespace')]
      : []),
    ...(other
      ? [
          faults.invalid(
            path.child('nonResourceAttributes'),
            shownPath(other),
            'disallowed on this kind of request',
          ),
        ]
      : []),
  ];
}

function validateSubject({ user, groups }: { user?: string; groups?: string[] }): FieldError[] {
  if (user || groups?.length) return [];
  return [faults.invalid(path.child('user'), '', 'at least one of user or group must be specified')];
}

function shownPath({ path: Path, verb: Verb }: NonNullable<Attributes['nonResourceAttributes']>) {
  return goStruct('authorization.NonResourceAttributes', { Path, Verb });
}

function validateAttributes({ resourceAttributes: asked, nonResourceAttributes: other }: Attributes) {
  if (asked && other) {
    const detail = 'cannot be specified in combination with resourceAttributes';
    return [faults.invalid(path.child('nonResourceAttributes'), shownPath(other), detail)];
  }
  const at = path.child('resourceAttributes');
  if (!asked && !other) {
    const detail = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    return [faults.invalid(at, undefined, detail)];
  }
  return [
    ...validateSelector(asked?.fieldSelector, at.child('fieldSelector')),
    ...validateSelector(asked?.labelSelector, at.child('labelSelector')),
  ];
}

/** In words or in parts; operators that nobody knows yet are let through. */
function validateSelector(selector: SelectorAttributes | undefined, at: FieldPath): FieldError[] {
  if (!selector) return [];
  const { rawSelector = '', requirements = [] } = selector;
  const place = at.child('requirements');
  if (rawSelector && requirements.length > 0)
    return [
      faults.invalid(
        at.child('rawSelector'),
        rawSelector,
        'may not specified at the same time as requirements',
      ),
    ];
  if (!rawSelector && requirements.length === 0)
    return [faults.required(place, `when ${at} is specified, requirements or rawSelector is required`)];
  return requirements.flatMap(({ key }, index) =>
    key ? [] : [faults.required(place.index(index).child('key'), 'must be specified')],
  );
}

function validateMeta(metadata: ObjectMeta | undefined, detail: string): FieldError[] {
  const { managedFields: _, ...sent } = metadata ?? {};
  return deepEqual(sent, {}) ? [] : [faults.invalid(new FieldPath('metadata'), sent, detail)];
}
