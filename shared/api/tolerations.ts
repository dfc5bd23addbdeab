// Whether a pod's tolerations bear a node's taints (k8s.io/component-helpers/scheduling/corev1), and which of them say all that
// others say.

import type { Taint, Toleration } from 'kubernetes-types/core/v1';
import { deepEqual } from '../machinery/index.ts';

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { key = '', operator = 'Equal', value = '', effect = '' } = toleration;
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return operator === 'Equal' && key !== '' && value === (taint.value ?? '');
}

export function isTolerated(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return tolerations?.some((toleration) => tolerates(toleration, taint)) ?? false;
}

/** Both lists, without what another toleration bears already; of equal ones the first stays. */
export function mergeTolerations(first: readonly Toleration[], second: readonly Toleration[]): Toleration[] {
  const all = [...first, ...second];
  const merged: Toleration[] = [];
  for (const [index, toleration] of all.entries()) {
    const later = all.slice(index + 1).filter((other) => !deepEqual(other, toleration));
    if (![...merged, ...later].some((other) => bearsAll(other, toleration))) merged.push(toleration);
  }
  return merged;
}

/** Whether the wider one tolerates whatever the other one does, for as long. */
function bearsAll(wider: Toleration, other: Toleration): boolean {
  if (deepEqual(wider, other)) return true;
  const { key = '', operator = 'Equal', value = '', effect = '', tolerationSeconds } = wider;
  if (key !== (other.key ?? '') && (key !== '' || operator !== 'Exists')) return false;
  if (effect !== '' && effect !== other.effect) return false;
  if (effect === 'NoExecute' && tolerationSeconds !== undefined) {
    const { tolerationSeconds: seconds = Number.POSITIVE_INFINITY } = other;
    if (seconds > tolerationSeconds) return false;
  }
  if (operator === 'Exists') return true;
  return other.operator === 'Equal' && value === (other.value ?? '');
}
