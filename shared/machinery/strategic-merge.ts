// Strategic merge patch: lists are merged by the keys that the schema names, and directives ($patch, $retainKeys,
// $setElementOrder/…, $deleteFromPrimitiveList/…) say what a plain merge cannot. Follows
// k8s.io/apimachinery/pkg/util/strategicpatch; client mistakes are 400 or 422 here, where upstream has 500 for some.

import { ApiError, invalid } from './errors.ts';
import { FieldPath, faults } from './field.ts';
import { goKind, goText } from './go-text.ts';
import { isRecord, type JsonObject, ownField } from './json-object.ts';
import { refuseReservedKeys } from './patch-guard.ts';
import type { FieldType, SchemaSet } from './schema.ts';
import {
  badPatch,
  checkOrder,
  directive,
  distinct,
  elementKind,
  inOrder,
  type MergeKey,
  positions,
  settled,
  settledItems,
} from './strategic-merge-list.ts';

const orderPrefix = '$setElementOrder/';
const deletePrefix = '$deleteFromPrimitiveList/';
const retainKeys = '$retainKeys';

type ArrayType = Extract<FieldType, { type: 'array' }>;

/**
 * The patched object. Neither argument is changed; unchanged subtrees are shared with the original. `type` is the Kind's
 * name in the schema set, e.g. `io.k8s.api.core.v1.Pod`. Throws ApiError BadRequest or Invalid for a malformed patch.
 * Fields that the schema does not know are merged as plain JSON: decoding drops them.
 */
export function applyStrategicMerge(
  original: unknown,
  patch: unknown,
  type: string,
  schemas: SchemaSet,
): JsonObject {
  if (!isRecord(patch)) {
    const kind = Array.isArray(patch) ? 'array' : typeof patch;
    const message = `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
    throw new ApiError('BadRequest', message);
  }
  refuseReservedKeys(patch);
  const before = isRecord(original) ? original : {};
  return new Merger(patch, schemas).map(before, patch, { type: 'ref', name: type });
}

class Merger {
  /** The whole patch, for messages. */
  private readonly patch: JsonObject;
  private readonly schemas: SchemaSet;

  constructor(patch: JsonObject, schemas: SchemaSet) {
    this.patch = patch;
    this.schemas = schemas;
  }

  map(original: JsonObject, patch: JsonObject, type: FieldType | undefined): JsonObject {
    const command = ownField(patch, directive);
    if (command === 'delete') return {};
    if (command === 'replace') return settled(patch) ?? {};
    if (command !== undefined)
      throw badPatch(`unknown patch type: ${goText(command)} in map: ${goText(patch)}`);
    const result = retained(original, patch);
    const done = this.orderLists(result, patch, type);
    for (const [key, value] of Object.entries(patch)) {
      if (key === retainKeys || key.startsWith(orderPrefix) || done.has(key)) continue;
      if (key.startsWith(deletePrefix)) this.deleteFromList(result, key.slice(deletePrefix.length), value);
      else this.field(result, key, value, this.typeOf(type, key));
    }
    return result;
  }

  private typeOf(parent: FieldType | undefined, key: string): FieldType | undefined {
    if (parent?.type === 'map') return parent.values;
    if (parent?.type !== 'ref') return undefined;
    const { properties } = this.schemas.typeNamed(parent.name);
    return Object.hasOwn(properties, key) ? properties[key] : undefined;
  }

  private field(result: JsonObject, key: string, value: unknown, type: FieldType | undefined): void {
    if (value === null) {
      delete result[key];
      return;
    }
    this.checkKind(value, type);
    const before = ownField(result, key);
    const after = this.value(before, value, type);
    if (after === undefined) delete result[key];
    else result[key] = after;
  }

  private value(before: unknown, value: unknown, type: FieldType | undefined): unknown {
    if (isRecord(value)) return isRecord(before) ? this.map(before, value, type) : settled(value);
    if (!Array.isArray(value)) return value;
    if (Array.isArray(before) && type?.type === 'array') return this.list(before, value, type);
    return settledItems(value);
  }

  private checkKind(value: unknown, type: FieldType | undefined): void {
    if (type?.type === 'array' && !Array.isArray(value)) throw this.restore('slice from', value);
    if (type?.type === 'map' && !isRecord(value)) throw this.restore('map from', value);
    if (type?.type === 'ref' && !isRecord(value)) throw this.restore('struct from:', value);
  }

  private restore(what: string, value: unknown): ApiError {
    const detail = `cannot restore ${what} ${goKind(value)}`;
    return invalid('', '', '', [faults.invalid(new FieldPath('patch'), goText(this.patch), detail)]);
  }

  private list(original: unknown[], patch: unknown[], type: ArrayType): unknown[] {
    if (type.patchStrategy !== 'merge') return settledItems(patch);
    if (original.length === 0 && patch.length === 0) return original;
    if (elementKind(original, patch) !== 'map') {
      return inOrder(distinct([...original, ...patch]), patch, original, undefined);
    }
    if (!type.mergeKey) throw badPatch('cannot merge lists without merge key');
    return this.mapList(original.filter(isRecord), patch.filter(isRecord), type.mergeKey, type.items);
  }

  private mapList(original: JsonObject[], patch: JsonObject[], mergeKey: string, type: FieldType): unknown[] {
    const { rest, items, replace } = withoutDirectives(original, patch, mergeKey);
    if (replace) return settledItems(items);
    const merged = [...rest];
    const known = positions(rest, mergeKey);
    for (const item of items) {
      const id = idOf(item, mergeKey);
      const position = known.get(id) ?? merged.length;
      const found = merged[position];
      known.set(id, position);
      merged[position] = found ? this.map(found, item, type) : (settled(item) ?? {});
    }
    return inOrder(merged, items, rest, mergeKey);
  }

  /** Carries out `$setElementOrder/…`, together with the patch's own list. Answers the keys that are done with. */
  private orderLists(result: JsonObject, patch: JsonObject, type: FieldType | undefined): Set<string> {
    const done = new Set<string>();
    for (const [key, order] of Object.entries(patch)) {
      if (!key.startsWith(orderPrefix)) continue;
      const name = key.slice(orderPrefix.length);
      if (!Array.isArray(order)) {
        throw new ApiError('BadRequest', 'invalid patch format of setElementOrder list');
      }
      const listType = this.typeOf(type, name);
      const added = ownField(patch, name);
      if (listType?.type !== 'array' || added === null) continue;
      if (added !== undefined) this.checkKind(added, listType);
      const list = this.orderedList(ownField(result, name), added, order, listType);
      if (!list) continue;
      result[name] = list;
      done.add(name);
    }
    return done;
  }

  private orderedList(
    before: unknown,
    added: unknown,
    order: readonly unknown[],
    type: ArrayType,
  ): unknown[] | undefined {
    const original = Array.isArray(before) ? before : undefined;
    const patch = Array.isArray(added) ? added : undefined;
    if (!original && !patch) return undefined;
    const mergeKey = elementKind(original ?? [], patch ?? []) === 'map' ? type.mergeKey : undefined;
    checkOrder(patch ?? [], order, mergeKey);
    const merged = patch ? this.list(original ?? [], patch, type) : (original ?? []);
    return inOrder(merged, order, original ?? [], mergeKey);
  }

  private deleteFromList(result: JsonObject, key: string, values: unknown): void {
    if (!Array.isArray(values)) throw this.restore('slice from', values);
    const list = ownField(result, key);
    if (!Array.isArray(list)) return;
    const gone = new Set(values);
    result[key] = list.filter((item) => !gone.has(item));
  }
}

/** A copy of the original's fields; with `$retainKeys` only those that it names. */
function retained(original: JsonObject, patch: JsonObject): JsonObject {
  const keys = ownField(patch, retainKeys);
  if (keys === undefined) return { ...original };
  const malformed = new ApiError('BadRequest', 'invalid patch format of retainKeys');
  if (!Array.isArray(keys)) throw malformed;
  const kept = new Set(keys);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || key.startsWith('$') || kept.has(key)) continue;
    throw malformed;
  }
  return Object.fromEntries(Object.entries(original).filter(([key]) => kept.has(key)));
}

function idOf(item: JsonObject, mergeKey: MergeKey): unknown {
  const id = mergeKey === undefined ? undefined : ownField(item, mergeKey);
  if (id === undefined)
    throw badPatch(`map: ${goText(item)} does not contain declared merge key: ${mergeKey}`);
  return id;
}

/** Carries out the items that are directives: `$patch: delete` takes items out of `rest`, `replace` drops them all. */
function withoutDirectives(
  original: readonly JsonObject[],
  patch: readonly JsonObject[],
  mergeKey: string,
): { rest: JsonObject[]; items: JsonObject[]; replace: boolean } {
  const gone = new Set<unknown>();
  let replace = false;
  const items: JsonObject[] = [];
  for (const item of patch) {
    const command = ownField(item, directive);
    if (command === undefined) items.push(item);
    else if (command === 'replace') replace = true;
    else if (command === 'delete') gone.add(idOf(item, mergeKey));
    else if (command === 'merge') throw badPatch('merging lists cannot yet be specified in the patch');
    else throw badPatch(`unknown patch type: ${goText(command)} in map: ${goText(item)}`);
  }
  const rest = original.filter((item) => !gone.has(ownField(item, mergeKey)));
  return { rest, items, replace };
}
