// Sets of fields: which fields somebody manages, which fields changed. Immutable; operations share what they do not change.

import { type PathElement, sortedElements } from './path-element.ts';

export interface FieldNode {
  /** Whether the field itself is in the set (its children may be without it). */
  readonly member: boolean;
  /** Never empty. */
  readonly children: FieldSet | undefined;
}

/** A tree of steps. A node without being a member has children: there are no empty branches. */
export type FieldSet = ReadonlyMap<PathElement, FieldNode>;

export type FieldPath = readonly PathElement[];

export const emptySet: FieldSet = new Map();

/** A field without children in the set. */
export const leafNode: FieldNode = Object.freeze({ member: true, children: undefined });

/** A set while it grows. */
export class FieldSetBuilder {
  private readonly root = new Map<PathElement, FieldNode>();

  /** Adds one field; the fields above it are not added. */
  add(path: FieldPath): void {
    this.put(path, leafNode);
  }

  /** Adds a whole node at a path where nothing was added before, nor will be below it. The empty path has no node. */
  put(path: FieldPath, node: FieldNode): void {
    let level: Map<PathElement, FieldNode> = this.root;
    let at = 0;
    for (const element of path) {
      at += 1;
      const there = level.get(element);
      if (at === path.length) {
        const member = node.member || there?.member === true;
        level.set(element, { member, children: node.children ?? there?.children });
        return;
      }
      if (there?.children instanceof Map) level = there.children;
      else {
        const children = new Map<PathElement, FieldNode>();
        level.set(element, { member: there?.member ?? false, children });
        level = children;
      }
    }
  }

  get isEmpty(): boolean {
    return this.root.size === 0;
  }

  /** The builder is not to be used afterwards. */
  build(): FieldSet {
    return this.root.size === 0 ? emptySet : this.root;
  }
}

export function fieldSetOf(...paths: readonly FieldPath[]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const path of paths) builder.add(path);
  return builder.build();
}

export function isEmptySet(set: FieldSet): boolean {
  return set.size === 0;
}

/** What is in either. Answers `left` itself where `right` adds nothing. */
export function union(left: FieldSet, right: FieldSet): FieldSet {
  if (left === right || right.size === 0) return left;
  if (left.size === 0) return right;
  let result: Map<PathElement, FieldNode> | undefined;
  for (const [element, theirs] of right) {
    const ours = left.get(element);
    const both = ours ? unionOf(ours, theirs) : theirs;
    if (both === ours) continue;
    result ??= new Map(left);
    result.set(element, both);
  }
  return result ?? left;
}

function unionOf(left: FieldNode, right: FieldNode): FieldNode {
  const children =
    left.children && right.children
      ? union(left.children, right.children)
      : (left.children ?? right.children);
  if (children === left.children && (left.member || !right.member)) return left;
  return { member: left.member || right.member, children };
}

/** What is in both. */
export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  if (left === right) return left;
  const result = new Map<PathElement, FieldNode>();
  for (const [element, ours] of left) {
    const theirs = right.get(element);
    if (!theirs) continue;
    const children =
      ours.children && theirs.children
        ? unlessEmpty(intersection(ours.children, theirs.children))
        : undefined;
    const member = ours.member && theirs.member;
    if (member || children) result.set(element, { member, children });
  }
  return result.size === 0 ? emptySet : result;
}

/** What is in `left` and not in `right`; a field is taken away without its children. Answers `left` itself if nothing is. */
export function difference(left: FieldSet, right: FieldSet): FieldSet {
  return subtract(left, right, false);
}

/** As `difference`, but a field is taken away with all of its children. */
export function recursiveDifference(left: FieldSet, right: FieldSet): FieldSet {
  return subtract(left, right, true);
}

function subtract(left: FieldSet, right: FieldSet, deep: boolean): FieldSet {
  if (left.size === 0 || right.size === 0) return left;
  let result: Map<PathElement, FieldNode> | undefined;
  for (const [element, theirs] of right) {
    const ours = left.get(element);
    if (!ours) continue;
    const rest = subtractNode(ours, theirs, deep);
    if (rest === ours) continue;
    result ??= new Map(left);
    if (rest) result.set(element, rest);
    else result.delete(element);
  }
  if (!result) return left;
  return result.size === 0 ? emptySet : result;
}

function subtractNode(ours: FieldNode, theirs: FieldNode, deep: boolean): FieldNode | undefined {
  if (deep && theirs.member) return undefined;
  const children =
    ours.children && theirs.children
      ? unlessEmpty(subtract(ours.children, theirs.children, deep))
      : ours.children;
  const member = ours.member && !theirs.member;
  if (member === ours.member && children === ours.children) return ours;
  return member || children ? { member, children } : undefined;
}

function unlessEmpty(set: FieldSet): FieldSet | undefined {
  return set.size === 0 ? undefined : set;
}

export function sameSet(left: FieldSet, right: FieldSet): boolean {
  if (left === right) return true;
  if (left.size !== right.size) return false;
  for (const [element, ours] of left) {
    const theirs = right.get(element);
    if (!theirs || ours.member !== theirs.member) return false;
    if (!sameSet(ours.children ?? emptySet, theirs.children ?? emptySet)) return false;
  }
  return true;
}

export function hasField(set: FieldSet, path: FieldPath): boolean {
  let level: FieldSet | undefined = set;
  for (const [depth, element] of path.entries()) {
    const node: FieldNode | undefined = level?.get(element);
    if (depth === path.length - 1) return node?.member ?? false;
    level = node?.children;
  }
  return false;
}

/** All fields of the set in upstream's order: those of a level before what lies below them. */
export function fieldPaths(set: FieldSet, above: FieldPath = []): FieldPath[] {
  const elements = sortedElements(set.keys());
  const here = elements.filter((element) => set.get(element)?.member).map((element) => [...above, element]);
  const below = elements.flatMap((element) => {
    const children = set.get(element)?.children;
    return children ? fieldPaths(children, [...above, element]) : [];
  });
  return [...here, ...below];
}
