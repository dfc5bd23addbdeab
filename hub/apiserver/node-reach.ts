// What a node may read is what is delivered to it: its pods, and the ConfigMaps and Secrets that they name. One index of
// this set serves the delivery and the authorisation.

import { type Pod, podReferences } from '../../shared/api/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import type { Change, Key, Store, Watch } from '../store/index.ts';

/** An object in a node's reach has changed, has come into it, or has left it. */
export interface ReachChange {
  node: string;
  key: Key;
}

interface Assigned {
  node: string;
  references: readonly Key[];
}

const corePrefix = '/core/';
const podPrefix = '/core/pods/';
const page = 500;

export class NodeReach {
  private readonly store: Store;
  private readonly listeners = new Set<(change: ReachChange) => void>();
  private readonly pods = new Map<Key, Assigned>();
  /** node → key of a pod or of what it names → how many pods are the reason. */
  private readonly reached = new Map<string, Map<Key, number>>();
  /** Key of a ConfigMap or Secret → the nodes that have it in reach. */
  private readonly holders = new Map<Key, Set<string>>();
  private watch: Watch | undefined;

  constructor({ store }: { store: Store }) {
    this.store = store;
  }

  async start(): Promise<void> {
    let revision: number | undefined;
    let after: Key | undefined;
    do {
      const listing = await this.store.list(podPrefix, {
        limit: page,
        ...(after !== undefined && { after }),
        ...(revision !== undefined && { revision }),
      });
      for (const pod of listing.objects) this.assign(keyOfPod(pod), pod);
      revision = listing.revision;
      after = listing.last;
    } while (after !== undefined);
    this.watch = this.store.watch(
      corePrefix,
      { onChanges: (changes) => this.apply(changes), onEnd: () => undefined }, // it ends with the store, and so do we
      revision,
    );
  }

  stop(): void {
    this.watch?.stop();
  }

  /** Whether the object is delivered to the node. Core resources only: nothing else is delivered. */
  mayRead(node: string, resource: string, namespace: string, name: string): boolean {
    return this.reaches(node, `${corePrefix}${resource}/${namespace}/${name}`);
  }

  reaches(node: string, key: Key): boolean {
    return this.reached.get(node)?.has(key) ?? false;
  }

  /** Keys of all that the node is to hold; what a pod names stands before any pod. Some may not exist. */
  objectsOf(node: string): Key[] {
    const keys = [...(this.reached.get(node)?.keys() ?? [])];
    const isPod = (key: Key) => Number(key.startsWith(podPrefix));
    return keys.sort((a, b) => isPod(a) - isPod(b));
  }

  /** Calls for each change in any node's reach, when the index already shows it; what a pod names before the pod. */
  onChange(listener: (change: ReachChange) => void): void {
    this.listeners.add(listener);
  }

  private apply(changes: readonly Change[]): void {
    for (const { key, object } of changes) {
      if (key.startsWith(podPrefix)) this.movePod(key, object);
      else for (const node of this.holders.get(key) ?? []) this.tell(node, key);
    }
  }

  private movePod(key: Key, pod: Live | undefined): void {
    const before = this.pods.get(key);
    const after = pod && this.assign(key, pod);
    const kept = after?.node === before?.node ? new Set(before?.references) : new Set<Key>();
    if (before) this.release(key, before);
    if (!after) this.pods.delete(key);
    if (after) {
      for (const reference of after.references) if (!kept.has(reference)) this.tell(after.node, reference);
      this.tell(after.node, key);
    }
    if (!before) return;
    for (const gone of [key, ...before.references]) {
      if (!this.reaches(before.node, gone)) this.tell(before.node, gone);
    }
  }

  /** Counts the pod in; answers undefined where it is on no node. */
  private assign(key: Key, pod: Live): Assigned | undefined {
    if (!isPod(key, pod)) return undefined;
    const node = pod.spec?.nodeName;
    if (!node) return undefined;
    const namespace = pod.metadata.namespace ?? '';
    const references = podReferences(pod).map(
      ({ resource, name }) => `${corePrefix}${resource}/${namespace}/${name}`,
    );
    const assigned = { node, references };
    this.pods.set(key, assigned);
    for (const reached of [...references, key]) this.count(node, reached, 1);
    return assigned;
  }

  private release(key: Key, { node, references }: Assigned): void {
    for (const reached of [...references, key]) this.count(node, reached, -1);
  }

  private count(node: string, key: Key, by: 1 | -1): void {
    const reached = this.reached.get(node) ?? new Map<Key, number>();
    this.reached.set(node, reached);
    const reasons = (reached.get(key) ?? 0) + by;
    const holders = this.holders.get(key) ?? new Set<string>();
    if (reasons > 0) {
      reached.set(key, reasons);
      this.holders.set(key, holders.add(node));
      return;
    }
    reached.delete(key);
    if (reached.size === 0) this.reached.delete(node);
    holders.delete(node);
    if (holders.size === 0) this.holders.delete(key);
  }

  private tell(node: string, key: Key): void {
    for (const listener of this.listeners) listener({ node, key });
  }
}

/** What lies below the pods' prefix is a pod. */
function isPod(key: Key, object: Live): object is Live<Pod> {
  return key.startsWith(podPrefix) && object !== undefined;
}

function keyOfPod({ metadata }: Live): Key {
  return `${podPrefix}${metadata.namespace ?? '_'}/${metadata.name}`;
}
