// While scheduling gates hold a pod back, where it may go can still be narrowed: more node labels, tighter node affinity.

import type { NodeAffinity, NodeSelectorTerm, PodSpec } from 'kubernetes-types/core/v1';
import { deepEqual, type FieldError, type FieldPath, faults } from '../../../machinery/index.ts';

const required = 'requiredDuringSchedulingIgnoredDuringExecution';

/** Undoes in `rest` what a gated pod may change, and answers what goes too far. */
export function allowGatedChanges(rest: PodSpec, before: PodSpec, path: FieldPath): FieldError[] {
  const found: FieldError[] = [];
  if (!deepEqual(rest.nodeSelector ?? {}, before.nodeSelector ?? {})) {
    found.push(...validateNodeSelector(rest, before, path.child('nodeSelector')));
    if (before.nodeSelector) rest.nodeSelector = before.nodeSelector;
    else delete rest.nodeSelector;
  }
  const [next, old] = [rest.affinity?.nodeAffinity, before.affinity?.nodeAffinity];
  if (deepEqual(next, old)) return found;
  found.push(...validateNodeAffinity(next, old, path.child('affinity', 'nodeAffinity')));
  undoNodeAffinity(rest, before);
  return found;
}

function undoNodeAffinity(rest: PodSpec, before: PodSpec): void {
  const { nodeAffinity: _, ...others } = rest.affinity ?? {};
  const old = before.affinity?.nodeAffinity;
  if (!before.affinity && Object.keys(others).length === 0) delete rest.affinity;
  else rest.affinity = { ...others, ...(old && { nodeAffinity: old }) };
}

/** Labels may be added, none removed or changed. */
function validateNodeSelector(rest: PodSpec, before: PodSpec, path: FieldPath): FieldError[] {
  const next = rest.nodeSelector ?? {};
  const kept = Object.entries(before.nodeSelector ?? {}).every(([key, value]) => next[key] === value);
  return kept ? [] : [faults.invalid(path, next, 'only additions are allowed (no mutations or deletions)')];
}

/** Terms are alternatives, so none may come or go; within one, requirements may be added. */
function validateNodeAffinity(
  next: NodeAffinity | undefined,
  old: NodeAffinity | undefined,
  path: FieldPath,
): FieldError[] {
  const before = old?.[required]?.nodeSelectorTerms ?? [];
  if (before.length === 0) return [];
  const after = next?.[required]?.nodeSelectorTerms ?? [];
  const terms = path.child(required, 'nodeSelectorTerms');
  if (after.length !== before.length) {
    return [
      faults.invalid(terms, after, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed'),
    ];
  }
  return before.flatMap((term, position) => {
    const changed = after[position] ?? {};
    if (narrows(changed, term)) return [];
    const detail =
      'only additions are allowed (no mutations or deletions), once a term is empty it must stay empty';
    return [faults.invalid(terms.index(position), changed, detail)];
  });
}

function narrows(next: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  const empty = !old.matchExpressions?.length && !old.matchFields?.length;
  if (empty) return deepEqual(next, old);
  return (['matchExpressions', 'matchFields'] as const).every((field) =>
    (old[field] ?? []).every((requirement, position) => deepEqual(next[field]?.[position], requirement)),
  );
}
