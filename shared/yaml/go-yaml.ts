// YAML as Kubernetes reads it: that of Go's yaml.v2 (1.1, without its times and base-60 numbers), as the JSON that it means.

import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, visit } from 'yaml';
import { goMapKeyFault, goNoKeyFault, goYamlValueFault } from './go-yaml-fault.ts';
import { refuseAsGo } from './go-yaml-refusals.ts';

/** Entries that merges (`<<`) may bring in, all together: some lines could ask for billions. */
const mostMerged = 100_000;

/** The document's value. Throws an Error in the words of Go's yaml: of anchors, merges and keys that cannot be. */
export function goYamlValue(document: Document, text: string): unknown {
  try {
    refuseAsGo(document, text);
    refuseManyMerges(document);
    return withTextKeys(document.toJS({ mapAsMap: true, maxAliasCount: -1 }));
  } catch (error) {
    if (error instanceof NotJson) throw error;
    throw new Error(goYamlValueFault(error, text), { cause: error });
  }
}

/** What YAML can say and JSON cannot. */
export class NotJson extends Error {}

/** What is wrong, as it is told of a whole document. */
export function goYamlError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof NotJson ? message : `yaml: ${message}`;
}

const mostRepeated = 100;

/** Keys that stand twice in a map, in the words of Go's yaml: the last one counts. */
export function repeatedKeys(document: Document, text: string): string[] {
  const found: string[] = [];
  visit(document, {
    Map(_key, map) {
      if (!isMap(map)) return;
      const keys = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key) || isMerge(key)) continue;
        if (keys.has(key.value) && found.length < mostRepeated) {
          const line = text.slice(0, key.range?.[0] ?? 0).split('\n').length;
          found.push(`line ${line}: key "${key.value}" already set in map`);
        }
        keys.add(key.value);
      }
    },
  });
  return found;
}

function refuseManyMerges(document: Document): void {
  const known = new Map<unknown, number>();
  let merged = 0;
  visit(document, {
    Pair(_key, pair) {
      if (!isMerge(pair.key)) return;
      merged += entriesIn(document, pair.value, known);
      if (merged > mostMerged) throw new Error('document contains excessive aliasing');
    },
  });
}

/** How many entries come of merging it: what an alias names comes before it, so that its own number is known by then. */
function entriesIn(document: Document, value: unknown, known: Map<unknown, number>): number {
  const node: unknown = isAlias(value) ? value.resolve(document) : value;
  const before = known.get(node);
  if (before !== undefined) return before;
  let entries = 0;
  if (isSeq(node)) for (const item of node.items) entries += entriesIn(document, item, known);
  if (isMap(node)) {
    for (const pair of node.items as Pair<Node, Node>[])
      entries += isMerge(pair.key) ? entriesIn(document, pair.value, known) : 1;
  }
  known.set(node, entries);
  return entries;
}

function isMerge(key: unknown): boolean {
  return isScalar(key) && typeof key.value === 'symbol';
}

/** JSON has keys of text only: `true:` becomes "true". Throws where a map, a list or nothing is a key. */
function withTextKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTextKeys);
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [textKey(key, item), withTextKeys(item)]));
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new NotJson(
      `json: unsupported value: ${Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'}`,
    );
  return typeof value === 'bigint' ? Number(value) : value;
}

function textKey(key: unknown, value: unknown): string {
  if (key === null) throw new NotJson(goNoKeyFault(value));
  if (typeof key === 'object') throw new Error(goMapKeyFault(key));
  return String(key);
}
