// What a node may read is what is delivered to it: its pods, the ConfigMaps, Secrets and claims that they name, the volumes
// of these claims, the Services that they are told of, and the volumes whose folders it is to remove. One index of this set
// serves the delivery and the authorisation.

import {
  nodeToClean,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  podReferences,
} from '../../shared/api/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import type { Change, Key, Store, Watch } from '../store/index.ts';
import { ServiceLinks } from './service-links.ts';

/** An object in a node's reach has changed, has come into it, or has left it. */
export interface ReachChange {
  node: string;
  key: Key;
}

/** An object that belongs to a node, and what it brings with it. */
interface Assigned {
  node: string;
  named: readonly Key[];
  /** What is named, and the volumes of the claims among it. */
  references: readonly Key[];
}

const corePrefix = '/core/';
const podPrefix = '/core/pods/';
const claimPrefix = '/core/persistentvolumeclaims/';
const volumePrefix = '/core/persistentvolumes/_/';
const servicePrefix = '/core/services/';
const page = 500;

export class NodeReach {
  private readonly store: Store;
  private readonly listeners = new Set<(change: ReachChange) => void>();
  /** Services of the namespaces of pods. */
  private readonly links = new ServiceLinks();
  /** By the key of a pod or of a volume, or the name of a link. */
  private readonly assigned = new Map<Key, Assigned>();
  /** Claim → its volume. */
  private readonly volumes = new Map<Key, Key>();
  /** Claim → the pods on nodes that name it. */
  private readonly claimants = new Map<Key, Set<Key>>();
  /** node → key of an object that is its own, or is named by one → how many objects are the reason. */
  private readonly reached = new Map<string, Map<Key, number>>();
  /** Key of what is named → the nodes that have it in reach. */
  private readonly holders = new Map<Key, Set<string>>();
  private watch: Watch | undefined;

  constructor({ store }: { store: Store }) {
    this.store = store;
  }

  async start(): Promise<void> {
    let revision: number | undefined;
    for (const prefix of [servicePrefix, claimPrefix, volumePrefix, podPrefix]) {
      let after: Key | undefined;
      do {
        const listing = await this.store.list(prefix, {
          limit: page,
          ...(after !== undefined && { after }),
          ...(revision !== undefined && { revision }),
        });
        for (const object of listing.objects) this.takeUp(keyOf(prefix, object), object);
        revision = listing.revision;
        after = listing.last;
      } while (after !== undefined);
    }
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
    return this.reaches(node, `${corePrefix}${resource}/${namespace || '_'}/${name}`);
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

  private takeUp(key: Key, object: Live): void {
    for (const link of this.links.note(key, object)) this.assign(link, this.links.assignment(link));
    if (isClaim(key, object)) this.noteVolume(key, object);
    else this.assign(key, assignmentOf(key, object));
  }

  private apply(changes: readonly Change[]): void {
    for (const { key, object } of changes) {
      if (isClaimKey(key) && this.noteVolume(key, object)) {
        for (const pod of [...(this.claimants.get(key) ?? [])]) this.move(pod, this.assigned.get(pod));
      }
      for (const link of this.links.note(key, object)) this.move(link, this.links.assignment(link));
      const own = assignmentOf(key, object);
      if (own || this.assigned.has(key)) this.move(key, own);
      if (own) this.tell(own.node, key);
      for (const node of this.holders.get(key) ?? []) if (node !== own?.node) this.tell(node, key);
    }
  }

  /** True where the claim has another volume than before. */
  private noteVolume(key: Key, claim: Live | undefined): boolean {
    const name = claim && isClaim(key, claim) ? claim.spec?.volumeName : undefined;
    const before = this.volumes.get(key);
    const after = name ? `${volumePrefix}${name}` : undefined;
    if (after) this.volumes.set(key, after);
    else this.volumes.delete(key);
    return before !== after;
  }

  /** Tells of what it brings to its node, before it is told of itself, and of what leaves with it. */
  private move(key: Key, to: Pick<Assigned, 'node' | 'named'> | undefined): void {
    const before = this.assigned.get(key);
    const after = this.assign(key, to);
    const kept = after?.node === before?.node ? new Set(before?.references) : new Set<Key>();
    if (before) this.release(key, before);
    for (const reference of after?.references ?? []) {
      if (after && !kept.has(reference)) this.tell(after.node, reference);
    }
    if (!before) return;
    for (const gone of reachedBy(key, before)) {
      if (!this.reaches(before.node, gone)) this.tell(before.node, gone);
    }
  }

  /** Counts the object in; undefined: it belongs to no node. */
  private assign(key: Key, to: Pick<Assigned, 'node' | 'named'> | undefined): Assigned | undefined {
    const claims = (this.assigned.get(key)?.named ?? []).filter(isClaimKey);
    for (const claim of claims) this.removeClaimant(claim, key);
    if (!to) {
      this.assigned.delete(key);
      return undefined;
    }
    const { node, named } = to;
    for (const claim of named.filter(isClaimKey)) {
      this.claimants.set(claim, (this.claimants.get(claim) ?? new Set()).add(key));
    }
    const volumes = named.flatMap((name) => this.volumes.get(name) ?? []);
    const assigned = { node, named, references: [...volumes, ...named] };
    this.assigned.set(key, assigned);
    for (const reached of reachedBy(key, assigned)) this.count(node, reached, 1);
    return assigned;
  }

  private removeClaimant(claim: Key, pod: Key): void {
    const pods = this.claimants.get(claim);
    pods?.delete(pod);
    if (pods?.size === 0) this.claimants.delete(claim);
  }

  private release(key: Key, assigned: Assigned): void {
    for (const reached of reachedBy(key, assigned)) this.count(assigned.node, reached, -1);
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

/** Itself first, so that what it names goes after it; a link is no object. */
function reachedBy(key: Key, { references }: Assigned): readonly Key[] {
  return key.startsWith(corePrefix) ? [key, ...references] : references;
}

/** Which node an object belongs to by itself, and what it names; undefined: to none. */
function assignmentOf(key: Key, object: Live | undefined): Pick<Assigned, 'node' | 'named'> | undefined {
  if (!object) return undefined;
  if (isVolume(key, object)) {
    const node = nodeToClean(object);
    return node === undefined ? undefined : { node, named: [] };
  }
  if (!isPod(key, object) || !object.spec?.nodeName) return undefined;
  const namespace = object.metadata.namespace ?? '';
  const named = podReferences(object).map(
    ({ resource, name }) => `${corePrefix}${resource}/${namespace}/${name}`,
  );
  return { node: object.spec.nodeName, named };
}

const isClaimKey = (key: Key) => key.startsWith(claimPrefix);

/** What lies below the pods' prefix is a pod. */
function isPod(key: Key, object: Live): object is Live<Pod> {
  return key.startsWith(podPrefix) && object !== undefined;
}

function isClaim(key: Key, object: Live): object is Live<PersistentVolumeClaim> {
  return isClaimKey(key) && object !== undefined;
}

function isVolume(key: Key, object: Live): object is Live<PersistentVolume> {
  return key.startsWith(volumePrefix) && object !== undefined;
}

function keyOf(prefix: Key, { metadata }: Live): Key {
  return metadata.namespace ? `${prefix}${metadata.namespace}/${metadata.name}` : `${prefix}${metadata.name}`;
}
