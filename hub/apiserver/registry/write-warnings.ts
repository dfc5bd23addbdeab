// What a writer is warned of: what the Kind itself says, and what is stored and not acted on (shared/api/not-acted-on.ts).
// Of the latter one sentence for a field, however often it is there.

import { notActedOn, type Resource } from '../../../shared/api/index.ts';
import { isRecord, type KubeObject, type Live } from '../../../shared/machinery/index.ts';
import type { Kind } from '../kind.ts';

/** A field on the way to one that nothing acts on, or that one itself. */
interface Step {
  readonly next: Map<string, Step>;
  /** Present where nothing acts on the field: the values with which there is nothing to be missed. */
  usual?: readonly string[];
}

const known = new Map<string, Step>();

export function writeWarnings({ row, strategy }: Kind, object: KubeObject, old?: Live): string[] {
  const counted = strategy.generation && strategy.generation !== 'constant';
  const same = counted && old && object.metadata?.generation === old.metadata.generation;
  const own = same ? [] : strategy.warnings?.(object, old);
  return [...(own ?? []), ...idleFieldWarnings(row, object)];
}

function idleFieldWarnings({ group, resource, kind }: Resource, object: object): string[] {
  const row = `${group}/${resource}`;
  const lines = notActedOn[row];
  if (!lines) return [];
  const root = known.get(row) ?? treeOf(lines);
  known.set(row, root);
  if (root.usual) return [`Kelp stores objects of the kind ${kind} and does not act on them`];
  const found = new Map<Step, string>();
  look(root, object, '', found);
  return [...found.values()].map((path) => `${path}: Kelp stores this field and does not act on it`);
}

function treeOf(lines: readonly string[]): Step {
  const root: Step = { next: new Map() };
  for (const line of lines) {
    const [path = '', values = ''] = line.split('=');
    let at = root;
    for (const name of path.replaceAll('[]', '.[]').split('.').filter(Boolean)) {
      const step = at.next.get(name) ?? { next: new Map() };
      at.next.set(name, step);
      at = step;
    }
    at.usual = values ? values.split('|') : [];
  }
  return root;
}

function look(step: Step, value: unknown, path: string, found: Map<Step, string>): void {
  if (step.usual && !found.has(step) && !saysNothing(value) && !step.usual.includes(String(value)))
    found.set(step, path);
  const items = step.next.get('[]');
  if (items && Array.isArray(value))
    for (const [index, item] of value.entries()) look(items, item, `${path}[${index}]`, found);
  else if (isRecord(value))
    for (const [name, next] of step.next)
      if (name in value) look(next, value[name], path ? `${path}.${name}` : name, found);
}

/** What says nothing: as good as absent. */
function saysNothing(value: unknown): boolean {
  return (
    value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
  );
}
