// What becomes of a FlowSchema or a PriorityLevelConfiguration that a cluster begins with, as upstream's ensurer has it: it is
// brought back and kept as it was, unless somebody has said that it is theirs (k8s.io/kubernetes/pkg/registry/flowcontrol/ensurer).

import type { FlowSchema, PriorityLevelConfiguration } from '../../../shared/api/index.ts';
import { deepEqual } from '../../../shared/machinery/index.ts';

export const autoUpdate = 'apf.kubernetes.io/autoupdate-spec';

type Default = FlowSchema | PriorityLevelConfiguration;

/** Undefined: it is well. */
export type DefaultStep<T> = { write: T } | 'delete' | undefined;

export interface DefaultPlan<T> {
  current: T | undefined;
  /** Absent: it is none of those, or no longer. */
  wanted: T | undefined;
  /** Nobody may have it otherwise. */
  mandatory: boolean;
}

export function planDefault<T extends Default>({
  current,
  wanted,
  mandatory,
}: DefaultPlan<T>): DefaultStep<T> {
  const said = current?.metadata?.annotations?.[autoUpdate];
  if (!wanted) return current && said === 'true' ? 'delete' : undefined;
  if (!current) return { write: annotated(wanted, 'true') };
  const updates = mandatory || mayUpdate(said, current.metadata?.generation);
  const note = String(updates);
  const spec = updates && !isAsWanted(current, wanted) ? wanted.spec : current.spec;
  if (spec === current.spec && said === note) return undefined;
  return { write: annotated({ ...current, spec }, note) };
}

/** Who has said nothing, and changed nothing, has nothing to lose. */
function mayUpdate(said: string | undefined, generation: number | undefined): boolean {
  if (/^(1|t|T|true|TRUE|True)$/.test(said ?? '')) return true;
  if (/^(0|f|F|false|FALSE|False)$/.test(said ?? '')) return false;
  return generation === 1;
}

/** How much the exempt level lends is its owner's. */
function isAsWanted(current: Default, wanted: Default): boolean {
  return deepEqual(withoutExempt(current.spec), withoutExempt(wanted.spec));
}

function withoutExempt(spec: Default['spec']): unknown {
  if (!spec || !('exempt' in spec)) return spec;
  const { exempt: _, ...rest } = spec;
  return rest;
}

function annotated<T extends Default>(object: T, note: string): T {
  const { metadata } = object;
  return {
    ...object,
    metadata: { ...metadata, annotations: { ...metadata?.annotations, [autoUpdate]: note } },
  };
}
