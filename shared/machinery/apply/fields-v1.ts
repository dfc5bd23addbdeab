// Field sets on the wire (FieldsV1), and the pool that keeps each of them once: pods of one ReplicaSet, and thousands of
// other objects, have the same fields.

import { ApiError } from '../errors.ts';
import { isRecord, type JsonObject } from '../json-object.ts';
import { RecentMap } from '../recent-map.ts';
import { emptySet, type FieldNode, type FieldSet, leafNode } from './field-set.ts';
import { parseElement, sortedElements } from './path-element.ts';

/** Throws Error for a key that is no step of a path. Steps of a kind that nobody knows are dropped. */
export function parseFieldsV1(fields: unknown): FieldSet {
  return read(fields).children ?? emptySet;
}

function read(fields: unknown): FieldNode {
  const children = new Map<string, FieldNode>();
  let member = false;
  for (const [key, value] of isRecord(fields) ? Object.entries(fields) : []) {
    if (key === '.') {
      member = true;
      continue;
    }
    const element = parseElement(key);
    if (element !== undefined) children.set(element, read(value));
  }
  if (children.size === 0) return leafNode;
  return { member, children };
}

/** The JSON text of a set, as upstream writes it. */
export function fieldsV1Text(set: FieldSet, isMember = false): string {
  const parts = isMember ? ['".":{}'] : [];
  for (const element of sortedElements(set.keys())) {
    const node = set.get(element);
    if (node) parts.push(`${quoted(element)}:${nodeText(node)}`);
  }
  return `{${parts.join(',')}}`;
}

const plainElement = /^[\w.:/-]+$/;

function quoted(element: string): string {
  return plainElement.test(element) ? `"${element}"` : JSON.stringify(element);
}

function nodeText({ member, children }: FieldNode): string {
  return children ? fieldsV1Text(children, member) : '{}';
}

const noFields: JsonObject = Object.freeze({});
/** Distinct field sets, and parts of them, that are remembered. Each takes some hundred bytes. */
const defaultLimit = 4096;
/** Characters of a set's text. Longer ones are hardly ever had twice, and looking for them is what takes the time. */
const longestShared = 16 * 1024;
/** Of one writer's: half of what upstream's store takes for a whole object, which has all that is named here in it too. */
const longest = 768 * 1024;

/**
 * Keeps the wire form of field sets once each, frozen. Bounded: the sets that were not asked for longest are forgotten,
 * which costs memory later, never correctness.
 */
export class FieldsPool {
  private readonly known: RecentMap<JsonObject>;
  private readonly sets = new WeakMap<object, FieldSet>();
  private readonly forms = new WeakMap<FieldSet, JsonObject>();

  constructor({ limit = defaultLimit }: { limit?: number } = {}) {
    this.known = new RecentMap(limit);
  }

  /** How many are kept. */
  get size(): number {
    return this.known.size;
  }

  /** The frozen wire form of the set. */
  wireForm(set: FieldSet): JsonObject {
    const known = this.forms.get(set);
    if (known) return known;
    if (lengthOf(set, longest) > longest) throw tooLarge();
    const object = this.intern(set, false);
    this.forms.set(set, object);
    this.sets.set(object, set);
    return object;
  }

  /** What a wire form means; remembered for those that are from the pool. Throws Error. */
  setOf(fields: unknown): FieldSet {
    if (!isRecord(fields)) return emptySet;
    const known = this.sets.get(fields);
    if (known) return known;
    const set = parseFieldsV1(fields);
    if (Object.isFrozen(fields)) this.sets.set(fields, set);
    return set;
  }

  private intern(set: FieldSet, isMember: boolean): JsonObject {
    const text = lengthOf(set, longestShared) > longestShared ? undefined : fieldsV1Text(set, isMember);
    const known = text === undefined ? undefined : this.known.get(text);
    if (known) return known;
    const object: JsonObject = isMember ? { '.': noFields } : {};
    for (const element of sortedElements(set.keys())) {
      const node = set.get(element);
      if (!node) continue;
      const { member, children } = node;
      object[element] = children ? this.intern(children, member) : noFields;
    }
    Object.freeze(object);
    return text === undefined ? object : this.known.keep(text, object);
  }
}

/** Of a set's text, about; stops counting just above `limit`. */
function lengthOf(set: FieldSet, limit: number): number {
  let length = 0;
  for (const [element, { children }] of set) {
    if (length > limit) return length;
    length += element.length + 6 + (children ? lengthOf(children, limit - length) : 0);
  }
  return length;
}

function tooLarge(): ApiError {
  const message = `Request entity too large: the managed fields of one writer take more than ${longest} bytes`;
  return new ApiError('RequestEntityTooLarge', message);
}
