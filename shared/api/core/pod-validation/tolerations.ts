// Which taints a pod puts up with.

import type { Toleration } from 'kubernetes-types/core/v1';
import { type FieldError, type FieldPath, faults, labelValue } from '../../../machinery/index.ts';
import { oneOf, qualified } from './rules.ts';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function validateTolerations(tolerations: readonly Toleration[], path: FieldPath): FieldError[] {
  return tolerations.flatMap((toleration, position) => {
    const at = path.index(position);
    const { key, effect = '' } = toleration;
    return [
      ...(key ? qualified(key, at.child('key')) : []),
      ...validateCombination(toleration, at),
      ...validateOperator(toleration, at.child('operator')),
      ...(effect ? oneOf(effect, effects, at.child('effect')) : []),
    ];
  });
}

function validateCombination(toleration: Toleration, path: FieldPath): FieldError[] {
  const { key, operator = '', effect = '', tolerationSeconds } = toleration;
  const found: FieldError[] = [];
  if (!key && operator !== 'Exists') {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    found.push(faults.invalid(path.child('operator'), operator, detail));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    found.push(faults.invalid(path.child('effect'), effect, detail));
  }
  return found;
}

/** No operator means Equal. */
function validateOperator({ operator = '', value = '' }: Toleration, path: FieldPath): FieldError[] {
  if (operator === 'Exists') {
    return value ? [faults.invalid(path, value, "value must be empty when `operator` is 'Exists'")] : [];
  }
  if (operator !== '' && operator !== 'Equal') return oneOf(operator, ['Equal', 'Exists'], path);
  const wrong = labelValue(value);
  return wrong.length > 0 ? [faults.invalid(path, value, wrong.join(';'))] : [];
}
