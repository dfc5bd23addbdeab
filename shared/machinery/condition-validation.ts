// What is wrong with a list of meta/v1 Conditions (ValidateConditions of apimachinery's meta/v1/validation).

import type { Condition } from 'kubernetes-types/meta/v1';
import { type FieldError, type FieldPath, faults } from './field.ts';
import { patternMessage, qualifiedName } from './names.ts';

const statuses = ['False', 'True', 'Unknown'];
const reasonFormat = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const reasonPattern = new RegExp(`^${reasonFormat}$`);
const longestReason = 1024;
const longestMessage = 32 * 1024;

export function validateConditions(conditions: readonly Condition[] = [], path: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return conditions.flatMap((condition, position) => {
    const at = path.index(position);
    const found = seen.has(condition.type) ? [faults.duplicate(at.child('type'), condition.type)] : [];
    seen.add(condition.type);
    return [...found, ...validateCondition(condition, at)];
  });
}

function validateCondition(condition: Condition, path: FieldPath): FieldError[] {
  const {
    type = '',
    status,
    observedGeneration = 0,
    lastTransitionTime,
    reason = '',
    message = '',
  } = condition;
  const found = qualifiedName(type).map((text) => faults.invalid(path.child('type'), type, text));
  if (!statuses.includes(status)) {
    found.push(faults.notSupported(path.child('status'), status ?? '', statuses));
  }
  if (observedGeneration < 0) {
    const detail = 'must be greater than or equal to zero';
    found.push(faults.invalid(path.child('observedGeneration'), observedGeneration, detail));
  }
  if (!lastTransitionTime) found.push(faults.required(path.child('lastTransitionTime'), 'must be set'));
  found.push(...validateReason(reason, path.child('reason')));
  if (Buffer.byteLength(message) > longestMessage) {
    found.push(faults.tooLong(path.child('message'), longestMessage));
  }
  return found;
}

function validateReason(reason: string, path: FieldPath): FieldError[] {
  if (reason === '') return [faults.required(path, 'must be set')];
  if (reason.length > longestReason) return [faults.tooLong(path, longestReason)];
  if (reasonPattern.test(reason)) return [];
  const rule =
    "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'";
  const examples = ['my_name', 'MY_NAME', 'MyName', 'ReasonA,ReasonB', 'ReasonA:ReasonB'];
  return [faults.invalid(path, reason, patternMessage(rule, reasonFormat, ...examples))];
}
