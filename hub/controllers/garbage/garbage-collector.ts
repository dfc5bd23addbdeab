// Deletes what has lost its owners. Background: an owner goes, then its dependents. Foreground: dependents that block it go
// first, then the owner. Orphan: dependents are let go of, then the owner goes. That an owner is absent is believed only
// when the API says so: the cache may be behind.

import type { Resource } from '../../../shared/api/index.ts';
import {
  addressOf,
  type Change,
  type Controller,
  mapped,
  type Outcome,
  type Source,
} from '../../../shared/client/index.ts';
import {
  deepEqual,
  type KubeObject,
  type Live,
  type OwnerReference,
} from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { type Member, OwnerGraph, type Place } from './owner-graph.ts';
import {
  blocking,
  foreground,
  isBeingDeleted,
  type OwnerState,
  orphan,
  planGarbage,
} from './plan-garbage.ts';

/** How many owners that are gone for certain are remembered. */
const memory = 5000;

export function garbageCollector(context: ControllerContext): Controller {
  const { client, log } = context;
  const recorder = context.recorder.from('garbage-collector-controller');
  const resources = context.resources().filter(isCollected);
  const graph = new OwnerGraph(resources, context.informers);
  /** Uids of what was deleted, and where owners were looked for in vain (`soughtAt`). */
  const gone = new Set<string>();
  let enqueue: (key: string) => void = () => undefined;
  /** What has come since: resource → the way out. */
  const followed = new Map<Resource, () => void>();
  const ways: (() => void)[] = [];

  return {
    name: 'garbage-collector',
    workers: 8,
    sources: resources.map(sourceOf),
    start: (add) => {
      enqueue = add;
      followResources();
      ways.push(context.onResources?.(followResources) ?? (() => undefined));
    },
    stop: () => {
      for (const leave of [...ways, ...followed.values()]) leave();
    },
    reconcile,
  };

  /** Custom resources come and go while we work. */
  function followResources(): void {
    const now = context.resources().filter(isCollected);
    const names = new Set(now.map(versionedName));
    for (const [resource, leave] of followed) {
      if (names.has(versionedName(resource))) continue;
      leave();
      graph.remove(resource);
      followed.delete(resource);
    }
    const known = new Set([...resources, ...followed.keys()].map(versionedName));
    for (const resource of now) {
      if (known.has(versionedName(resource))) continue;
      graph.add(resource);
      followed.set(
        resource,
        sourceOf(resource).subscribe((key) => enqueue(key)),
      );
    }
  }

  function sourceOf(resource: Resource): Source {
    return mapped(graph.informerOf(resource), (change) => keysOf(resource, change));
  }

  function keysOf(resource: Resource, { type, object, previous }: Change): string[] {
    const { uid, ownerReferences = [] } = object.metadata;
    if (type === 'DELETED') {
      remember(uid);
      const owners = ownerReferences.flatMap((reference) => ownerOf(reference, object) ?? []);
      const waiting = owners.filter((owner) => isBeingDeleted(owner.object, foreground));
      return [...graph.dependentsOf(uid), ...waiting].map((member) => graph.keyOf(member));
    }
    const isGoing = [foreground, orphan].some((finalizer) => isBeingDeleted(object, finalizer));
    const isSame =
      previous &&
      deepEqual(previous.metadata.ownerReferences, object.metadata.ownerReferences) &&
      deepEqual(previous.metadata.finalizers, object.metadata.finalizers) &&
      previous.metadata.deletionTimestamp === object.metadata.deletionTimestamp;
    const keys =
      !isSame && (isGoing || ownerReferences.length > 0) ? [graph.keyOf({ resource, object })] : [];
    // Who blocks its owner no longer may have been the last to do so.
    const former = previous && !isSame ? (previous.metadata.ownerReferences ?? []) : [];
    const owners = former.flatMap((reference) => ownerOf(reference, object) ?? []);
    return [
      ...keys,
      ...owners
        .filter((owner) => isBeingDeleted(owner.object, foreground))
        .map((owner) => graph.keyOf(owner)),
    ];
  }

  async function reconcile(key: string): Promise<Outcome> {
    const member = graph.find(key);
    if (!member) return;
    const { object } = member;
    if (isBeingDeleted(object, orphan)) return letDependentsGo(member);
    if (isBeingDeleted(object, foreground)) return finishForeground(member);
    const states = new Map<string, OwnerState>();
    for (const reference of object.metadata.ownerReferences ?? []) {
      states.set(reference.uid, await stateOf(reference, object));
    }
    const dependents = graph.dependentsOf(object.metadata.uid);
    const plan = planGarbage(
      object,
      ({ uid }) => states.get(uid) ?? 'solid',
      dependents.map((dependent) => dependent.object),
    );
    if (plan.act === 'release') await release(member, plan.uids);
    if (plan.act === 'delete') {
      if (plan.unblock) await unblockOwners(member);
      await remove(member, plan.policy);
    }
  }

  /** The owner waits until nobody blocks it; those who do are asked to go. */
  async function finishForeground(owner: Member): Promise<void> {
    const dependents = graph.dependentsOf(owner.object.metadata.uid);
    const blockers = new Set(
      blocking(
        owner.object,
        dependents.map(({ object }) => object),
      ),
    );
    if (blockers.size === 0) return removeFinalizer(owner, foreground);
    const pending = dependents.filter(({ object }) => !object.metadata.deletionTimestamp);
    for (const dependent of pending) enqueue(graph.keyOf(dependent));
  }

  async function letDependentsGo(owner: Member): Promise<void> {
    const { uid } = owner.object.metadata;
    await Promise.all(graph.dependentsOf(uid).map((dependent) => release(dependent, [uid])));
    await removeFinalizer(owner, orphan);
  }

  async function stateOf(reference: OwnerReference, dependent: Live<KubeObject>): Promise<OwnerState> {
    const place = graph.locate(reference, dependent);
    if (!place) {
      log.debug({ reference }, 'an owner that cannot be looked for counts as present');
      if (graph.isSomewhere(reference)) tellOfPlace(reference, dependent);
      return 'solid';
    }
    const sought = soughtAt(place, reference);
    if (gone.has(reference.uid) || gone.has(sought)) return 'absent';
    const cached = graph.informerOf(place.resource).get(place.key);
    const owner =
      cached?.metadata.uid === reference.uid
        ? cached
        : await orNothing(client.get(place.resource, place.key));
    if (owner?.metadata.uid !== reference.uid) {
      // Not the uid alone: it may well be that of an owner elsewhere, which others name rightly.
      remember(sought);
      if (graph.isSomewhere(reference)) tellOfPlace(reference, dependent);
      return 'absent';
    }
    return isBeingDeleted(owner, foreground) ? 'waiting' : 'solid';
  }

  function tellOfPlace({ apiVersion, kind, name, uid }: OwnerReference, dependent: Live<KubeObject>): void {
    const { namespace = '' } = dependent.metadata;
    const owner = `[${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`;
    const message = `ownerRef ${owner} does not exist in namespace "${namespace}"`;
    recorder.event(dependent, 'Warning', 'OwnerRefInvalidNamespace', message);
  }

  function ownerOf(reference: OwnerReference, dependent: Live<KubeObject>): Member | undefined {
    const place = graph.locate(reference, dependent);
    const object = place && graph.informerOf(place.resource).get(place.key);
    return place && object?.metadata.uid === reference.uid ? { resource: place.resource, object } : undefined;
  }

  async function release({ resource, object }: Member, uids: readonly string[]): Promise<void> {
    const ownerReferences = object.metadata.ownerReferences?.filter(({ uid }) => !uids.includes(uid)) ?? [];
    await patch(
      { resource, object },
      { ownerReferences: ownerReferences.length > 0 ? ownerReferences : null },
    );
  }

  async function unblockOwners({ resource, object }: Member): Promise<void> {
    const ownerReferences = object.metadata.ownerReferences?.map((reference) => ({
      ...reference,
      blockOwnerDeletion: false,
    }));
    await patch({ resource, object }, { ownerReferences });
  }

  async function removeFinalizer({ resource, object }: Member, finalizer: string): Promise<void> {
    const finalizers = object.metadata.finalizers?.filter((each) => each !== finalizer) ?? [];
    await patch({ resource, object }, { finalizers: finalizers.length > 0 ? finalizers : null });
  }

  /** Lists are replaced as a whole, hence only if the object is still the one that was looked at. */
  async function patch({ resource, object }: Member, change: Record<string, unknown>): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    const body = { metadata: { uid, resourceVersion, ...change } };
    await orNothing(client.patch(resource, addressOf(object), 'application/merge-patch+json', body));
  }

  async function remove(
    { resource, object }: Member,
    propagationPolicy: 'Background' | 'Foreground' | 'Orphan',
  ): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    const preconditions = { uid, resourceVersion };
    // A Conflict is tried again: what has changed may be nothing that `keysOf` looks at.
    await orNothing(client.delete(resource, addressOf(object), { propagationPolicy, preconditions }));
  }

  function remember(owner: string): void {
    gone.add(owner);
    const [oldest] = gone;
    if (gone.size > memory && oldest !== undefined) gone.delete(oldest);
  }
}

function versionedName({ group, version, resource }: Resource): string {
  return `${group}/${version}/${resource}`;
}

function soughtAt({ resource, key }: Place, { uid }: OwnerReference): string {
  return `${versionedName(resource)} ${key.namespace ?? ''}/${key.name} ${uid}`;
}

/** As upstream's, events are left out: there are many, and nobody owns them. */
function isCollected({ verbs, group, resource }: Resource): boolean {
  if (resource === 'events' && ['', 'events.k8s.io'].includes(group)) return false;
  return verbs.includes('list') && verbs.includes('watch') && verbs.includes('delete');
}
