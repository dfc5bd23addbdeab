// The template of an ephemeral volume's claim: labels and annotations, and the spec of any claim.

import type { PersistentVolumeClaimTemplate } from 'kubernetes-types/core/v1';
import {
  type FieldError,
  type FieldPath,
  faults,
  validateAnnotations,
  validateLabels,
} from '../../../machinery/index.ts';
import { validateClaimSpec } from '../persistent-volume-claim-validation.ts';

export function validateClaimTemplate(
  { metadata = {}, spec = {} }: PersistentVolumeClaimTemplate,
  path: FieldPath,
): FieldError[] {
  const { labels, annotations, ...others } = metadata;
  const at = path.child('metadata');
  return [
    ...validateAnnotations(annotations, at.child('annotations')),
    ...validateLabels(labels, at.child('labels')),
    ...Object.entries(others)
      .filter(([, value]) => isSet(value))
      .map(([field]) => faults.forbidden(at.child(spelled(field)), 'cannot be set for an ephemeral volume')),
    ...validateClaimSpec(spec, path.child('spec')),
  ];
}

function isSet(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** Upstream makes these names of Go's. */
function spelled(field: string): string {
  return field === 'uid' ? 'uID' : field;
}
