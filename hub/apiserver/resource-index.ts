// The rows that are served now, found by group, version and resource. Built-in rows are there from the start;
// custom ones come and go at run time.

import { compareVersions, type Resource, type ResourceNames, type Strategy } from '../../shared/api/index.ts';

export interface GroupVersions {
  /** `''` for the core group. */
  group: string;
  /** The preferred one first. */
  versions: string[];
}

export class ResourceIndex {
  private readonly rows = new Map<string, Resource>();
  private readonly strategies = new WeakMap<Resource, Promise<Strategy>>();
  private readonly listeners = new Set<() => void>();

  constructor(rows: readonly Resource[]) {
    for (const row of rows) this.add(row);
  }

  /** Adds the row, or replaces the one with the same group, version and resource. */
  add(row: Resource): void {
    this.addAll([row]);
  }

  /** Adds them at once: listeners are told one time. */
  addAll(rows: readonly Resource[]): void {
    for (const row of rows) this.rows.set(keyOf(row.group, row.version, row.resource), row);
    this.tell();
  }

  remove({ group, version, resource }: ResourceNames): void {
    this.rows.delete(keyOf(group, version, resource));
    this.tell();
  }

  /** Calls when rows came or went. Answers the way out. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Calls when there is no such row any more. Answers the way out. */
  onRemoval({ group, version, resource }: ResourceNames, listener: () => void): () => void {
    return this.onChange(() => {
      if (!this.find(group, version, resource)) listener();
    });
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }

  find(group: string, version: string, resource: string): Resource | undefined {
    return this.rows.get(keyOf(group, version, resource));
  }

  /** The row whose objects are of that Kind, e.g. for an owner reference. */
  findKind(group: string, version: string, kind: string): Resource | undefined {
    return this.all().find((row) => row.group === group && row.version === version && row.kind === kind);
  }

  /** In the order in which they were added. */
  all(): Resource[] {
    return [...this.rows.values()];
  }

  /** One row of each resource, however many versions of it there are: the preferred one. */
  preferred(): Resource[] {
    const found = new Map<string, Resource>();
    for (const row of this.all()) {
      const name = `${row.group}/${row.resource}`;
      const known = found.get(name);
      if (!known || compareVersions(row.version, known.version) < 0) found.set(name, row);
    }
    return [...found.values()];
  }

  /** Groups in the order of their first row; the core group is among them. */
  groups(): GroupVersions[] {
    const found = new Map<string, Set<string>>();
    for (const { group, version } of this.rows.values()) {
      found.set(group, (found.get(group) ?? new Set()).add(version));
    }
    return [...found].map(([group, versions]) => ({ group, versions: [...versions].sort(compareVersions) }));
  }

  inVersion(group: string, version: string): Resource[] {
    return this.all().filter((row) => row.group === group && row.version === version);
  }

  /** How the row's objects are read and written; loaded once. */
  strategyOf(row: Resource): Promise<Strategy> {
    const known = this.strategies.get(row);
    if (known) return known;
    const loading = row.load();
    this.strategies.set(row, loading);
    return loading;
  }
}

function keyOf(group: string, version: string, resource: string): string {
  return `${group}/${version}/${resource}`;
}
