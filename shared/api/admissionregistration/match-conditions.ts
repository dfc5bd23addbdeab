// Conditions in CEL that a request must meet before a webhook or a policy is asked.

import type { MatchCondition } from 'kubernetes-types/admissionregistration/v1';
import { type FieldError, type FieldPath, faults } from '../../machinery/index.ts';
import { qualified } from '../core/pod-validation/rules.ts';

const mostConditions = 64;

export function validateMatchConditions(
  conditions: readonly MatchCondition[] | undefined,
  path: FieldPath,
): FieldError[] {
  const list = conditions ?? [];
  const found = list.length > mostConditions ? [faults.tooMany(path, list.length, mostConditions)] : [];
  return [
    ...found,
    ...list.flatMap(({ name = '', expression = '' }, index) => {
      const at = path.index(index);
      const earlier = list.slice(0, index).some((other) => other.name === name);
      return [
        ...(expression.trim() ? [] : [faults.required(at.child('expression'))]),
        ...(name ? qualified(name, at.child('name')) : [faults.required(at.child('name'))]),
        ...(name && earlier ? [faults.duplicate(at.child('name'), name)] : []),
      ];
    }),
  ];
}
