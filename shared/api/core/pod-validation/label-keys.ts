// `matchLabelKeys` and `mismatchLabelKeys`: labels whose value is taken from the pod itself.

import type { PodAffinityTerm } from 'kubernetes-types/core/v1';
import type { LabelSelector } from 'kubernetes-types/meta/v1';
import { type FieldError, type FieldPath, faults } from '../../../machinery/index.ts';
import { qualified } from './rules.ts';

const needsSelector = 'must not be specified when labelSelector is not set';
const inBoth = 'exists in both matchLabelKeys and labelSelector';

function selectedKeys(selector: LabelSelector | undefined): Set<string> {
  const expressions = (selector?.matchExpressions ?? []).map(({ key }) => key);
  return new Set([...Object.keys(selector?.matchLabels ?? {}), ...expressions]);
}

/** Of a term of pod affinity; `path` is the term's. */
export function validateLabelKeys(term: PodAffinityTerm, path: FieldPath): FieldError[] {
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  const mismatching = new Set(mismatchLabelKeys);
  return [
    ...validateKeys(matchLabelKeys, labelSelector, path.child('matchLabelKeys')),
    ...validateKeys(mismatchLabelKeys, labelSelector, path.child('mismatchLabelKeys')),
    ...validateSelectedTwice(matchLabelKeys, labelSelector, path),
    ...matchLabelKeys.flatMap((key, position) => {
      if (!mismatching.has(key)) return [];
      const at = path.child('matchLabelKeys').index(position);
      return [faults.invalid(at, key, 'exists in both matchLabelKeys and mismatchLabelKeys')];
    }),
  ];
}

/** The selector has each key once already: from the pod's label, put there at creation. Upstream names the term only. */
function validateSelectedTwice(
  keys: readonly string[],
  selector: LabelSelector | undefined,
  path: FieldPath,
) {
  const seen = new Set(Object.keys(selector?.matchLabels ?? {}));
  return (selector?.matchExpressions ?? []).flatMap(({ key }) => {
    const position = keys.indexOf(key);
    const again = position >= 0 && seen.has(key);
    seen.add(key);
    return again ? [faults.invalid(path.index(position), key, inBoth)] : [];
  });
}

function validateKeys(keys: readonly string[], selector: LabelSelector | undefined, path: FieldPath) {
  if (keys.length === 0) return [];
  if (!selector) return [faults.forbidden(path, needsSelector)];
  return keys.flatMap((key, position) => qualified(key, path.index(position)));
}

/** Of a topology spread constraint; `path` is the list's. */
export function validateSpreadKeys(
  keys: readonly string[],
  selector: LabelSelector | undefined,
  path: FieldPath,
): FieldError[] {
  if (keys.length === 0) return [];
  const selected = selectedKeys(selector);
  return [
    ...(selector ? [] : [faults.forbidden(path, needsSelector)]),
    ...keys.flatMap((key, position) => {
      const at = path.index(position);
      return [...qualified(key, at), ...(selected.has(key) ? [faults.invalid(at, key, inBoth)] : [])];
    }),
  ];
}
