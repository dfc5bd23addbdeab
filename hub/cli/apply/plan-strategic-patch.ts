// The strategic merge patch of an apply: k8s.io/apimachinery/pkg/util/strategicpatch, CreateThreeWayMergePatch. What is
// to be is compared with what is (changes and additions) and with what was last applied (deletions).

import {
  deepEqual,
  type FieldType,
  isRecord,
  type JsonObject,
  ownField,
} from '../../../shared/machinery/index.ts';
import type { PatchRules } from './patch-source.ts';

type ArrayType = Extract<FieldType, { type: 'array' }>;

export interface Versions {
  /** The last applied configuration; empty when there is none. */
  original: JsonObject;
  modified: JsonObject;
  current: JsonObject;
}

/** Empty: there is nothing to do. */
export function planStrategicPatch(versions: Versions, rules: PatchRules): JsonObject {
  return new StrategicPlan(rules).map(versions, rules.root);
}

class StrategicPlan {
  private readonly rules: PatchRules;

  constructor(rules: PatchRules) {
    this.rules = rules;
  }

  map({ original, modified, current }: Versions, type: FieldType | undefined): JsonObject {
    const patch: JsonObject = {};
    for (const [key, value] of Object.entries(modified)) {
      const versions = {
        original: ownField(original, key),
        modified: value,
        current: ownField(current, key),
      };
      this.field(patch, key, versions, Object.hasOwn(current, key), this.rules.fieldOf(type, key));
    }
    for (const key of Object.keys(original)) if (!Object.hasOwn(modified, key)) patch[key] = null;
    if (Object.keys(patch).length > 0 && type?.type === 'ref' && type.retainKeys)
      patch.$retainKeys = Object.keys(modified).sort();
    return patch;
  }

  private field(
    patch: JsonObject,
    key: string,
    { original, modified, current }: { original: unknown; modified: unknown; current: unknown },
    present: boolean,
    type: FieldType | undefined,
  ): void {
    if (isRecord(modified) && isRecord(current)) {
      const inner = this.map({ original: isRecord(original) ? original : {}, modified, current }, type);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (
      isMergedList(type) &&
      Array.isArray(modified) &&
      Array.isArray(current) &&
      current.length > 0
    ) {
      this.list(patch, key, { original: Array.isArray(original) ? original : [], modified, current }, type);
    } else if (!present || !deepEqual(modified, current)) patch[key] = modified;
  }

  private list(
    patch: JsonObject,
    key: string,
    lists: { original: unknown[]; modified: unknown[]; current: unknown[] },
    type: ArrayType,
  ): void {
    const { mergeKey } = type;
    if (mergeKey === undefined) this.scalars(patch, key, lists);
    else this.items(patch, key, lists, mergeKey, type.items);
  }

  private items(
    patch: JsonObject,
    key: string,
    lists: { original: unknown[]; modified: unknown[]; current: unknown[] },
    mergeKey: string,
    type: FieldType,
  ): void {
    const [was, is] = [byKey(lists.original, mergeKey), byKey(lists.current, mergeKey)];
    const wanted = lists.modified.filter(isRecord);
    const ids = wanted.map((item) => item[mergeKey]);
    const changes = wanted.flatMap((modified): JsonObject[] => {
      const id = modified[mergeKey];
      const current = is.get(id);
      if (!current) return [modified];
      const inner = this.map({ original: was.get(id) ?? {}, modified, current }, type);
      return Object.keys(inner).length > 0 ? [{ ...inner, [mergeKey]: id }] : [];
    });
    const removed = [...was.keys()].filter((id) => !ids.includes(id)).sort(compare);
    const deletions = removed.map((id) => ({ $patch: 'delete', [mergeKey]: id }));
    const currentIds = lists.current.filter(isRecord).map((item) => item[mergeKey]);
    if (changes.length + deletions.length === 0 && deepEqual(ids, currentIds)) return;
    patch[`$setElementOrder/${key}`] = ids.map((id) => ({ [mergeKey]: id }));
    if (changes.length + deletions.length > 0) {
      patch[key] = [...changes, ...deletions];
    }
  }

  /** A list that is a set of texts or numbers, e.g. finalizers. */
  private scalars(
    patch: JsonObject,
    key: string,
    { original, modified, current }: { original: unknown[]; modified: unknown[]; current: unknown[] },
  ): void {
    const added = modified.filter((value) => !current.includes(value));
    const removed = original.filter((value) => !modified.includes(value));
    if (added.length + removed.length === 0 && deepEqual(modified, current)) return;
    patch[`$setElementOrder/${key}`] = modified;
    if (added.length > 0) patch[key] = added;
    if (removed.length > 0) patch[`$deleteFromPrimitiveList/${key}`] = removed;
  }
}

function isMergedList(type: FieldType | undefined): type is ArrayType {
  return type?.type === 'array' && type.patchStrategy === 'merge';
}

function byKey(items: readonly unknown[], mergeKey: string): Map<unknown, JsonObject> {
  return new Map(items.filter(isRecord).map((item) => [item[mergeKey], item]));
}

function compare(left: unknown, right: unknown): number {
  const [a, b] = [String(left), String(right)];
  return a === b ? 0 : a < b ? -1 : 1;
}
