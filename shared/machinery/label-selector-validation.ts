// What is wrong with a LabelSelector object, as k8s.io/apimachinery/pkg/apis/meta/v1/validation says it.

import type { LabelSelector, LabelSelectorRequirement } from 'kubernetes-types/meta/v1';
import { type FieldError, type FieldPath, faults } from './field.ts';
import { labelValue, qualifiedName } from './names.ts';
import { validateLabels } from './object-meta.ts';

/** Every fault of the selector; `path` is where it stands, e.g. `spec.selector`. An absent selector is valid. */
export function validateLabelSelector(selector: LabelSelector | undefined, path: FieldPath): FieldError[] {
  if (!selector) return [];
  return [
    ...validateLabels(selector.matchLabels, path.child('matchLabels')),
    ...(selector.matchExpressions ?? []).flatMap((requirement, position) =>
      validateRequirement(requirement, path.child('matchExpressions').index(position)),
    ),
  ];
}

function validateRequirement(requirement: LabelSelectorRequirement, path: FieldPath): FieldError[] {
  const { key, operator, values = [] } = requirement;
  const found = validateOperator(operator, values, path);
  found.push(...qualifiedName(key ?? '').map((text) => faults.invalid(path.child('key'), key ?? '', text)));
  values.forEach((value, position) => {
    const at = path.child('values').index(position);
    found.push(...labelValue(value).map((text) => faults.invalid(at, value, text)));
  });
  return found;
}

function validateOperator(operator: string, values: readonly string[], path: FieldPath): FieldError[] {
  const at = path.child('values');
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length > 0) return [];
      return [faults.required(at, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      if (values.length === 0) return [];
      return [faults.forbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    default:
      return [faults.invalid(path.child('operator'), operator ?? '', 'not a valid selector operator')];
  }
}
