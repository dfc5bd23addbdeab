// Which objects belong to an owner: those that name it as their controller, and orphans that its selector matches.
// Orphans are adopted, objects that match no longer are released (upstream's ControllerRefManager).

import type { Resource } from '../../../shared/api/index.ts';
import {
  addressOf,
  type Client,
  type Informer,
  keyOf,
  mapped,
  ownersOf,
  type Source,
} from '../../../shared/client/index.ts';
import {
  controllerOf,
  type KubeObject,
  type Live,
  newControllerRef,
  type Selector,
} from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';

const indexName = 'controller';

/** Prepares an informer for `belongingTo` and `orphansIn`. */
export function indexByController<T extends KubeObject>(informer: Informer<T>): void {
  informer.addIndex(indexName, (object) => [
    controllerOf(object)?.uid ?? orphanage(object.metadata.namespace ?? ''),
  ]);
}

/** Objects that name the owner as their controller. */
export function belongingTo<T extends KubeObject>(informer: Informer<T>, ownerUid: string): Live<T>[] {
  return informer.byIndex(indexName, ownerUid);
}

/** Objects of a namespace without a controller. */
export function orphansIn<T extends KubeObject>(informer: Informer<T>, namespace: string): Live<T>[] {
  return informer.byIndex(indexName, orphanage(namespace));
}

function orphanage(namespace: string): string {
  return `orphans of ${namespace}`;
}

/** Whose owners are to look at what they claim: the one that a changed object names, and of an orphan all that select it. */
export function claimantsOf<O extends KubeObject, T extends KubeObject>(
  informer: Informer<T>,
  owners: Informer<O>,
  { group, kind }: Resource<O>,
  selectorOf: (owner: Live<O>) => Selector,
): Source[] {
  return [
    ownersOf(informer, group, kind),
    mapped(informer, ({ type, object }) => {
      if (type === 'DELETED' || controllerOf(object)) return [];
      return owners
        .inNamespace(object.metadata.namespace ?? '')
        .filter((owner) => selectorOf(owner).matches(object.metadata.labels))
        .map(keyOf);
    }),
  ];
}

export interface Claim<O extends KubeObject, T extends KubeObject> {
  client: Client;
  owner: Live<O>;
  ownerResource: Resource<O>;
  resource: Resource<T>;
  informer: Informer<T>;
  selector: Selector;
  /** Further conditions on an orphan, e.g. that the pod is active. */
  mayAdopt?: (object: Live<T>) => boolean;
  /** What is adopted gets it, what is released loses it. */
  finalizer?: string;
}

/** The owner's objects after adopting and releasing. Throws what the API says to those writes, except that all is done. */
export async function claim<O extends KubeObject, T extends KubeObject>(
  claim: Claim<O, T>,
): Promise<Live<T>[]> {
  const { owner, informer, selector, mayAdopt = () => true } = claim;
  const { uid, namespace = '', deletionTimestamp } = owner.metadata;
  const claimed: Live<T>[] = [];
  for (const object of belongingTo(informer, uid)) {
    if (selector.matches(object.metadata.labels)) claimed.push(object);
    else if (!deletionTimestamp) await release(claim, object);
  }
  if (deletionTimestamp) return claimed;
  const orphans = orphansIn(informer, namespace).filter(
    (object) =>
      !object.metadata.deletionTimestamp && selector.matches(object.metadata.labels) && mayAdopt(object),
  );
  if (orphans.length === 0 || !(await isStillThere(claim))) return claimed;
  for (const orphan of orphans) {
    const adopted = await adopt(claim, orphan);
    if (adopted) claimed.push(adopted);
  }
  return claimed;
}

/** Asks the API, not the cache: an owner that is going away must not take anything in. */
async function isStillThere<O extends KubeObject, T extends KubeObject>(
  claim: Claim<O, T>,
): Promise<boolean> {
  const fresh = await orNothing(claim.client.get(claim.ownerResource, addressOf(claim.owner)));
  return fresh?.metadata.uid === claim.owner.metadata.uid && !fresh.metadata.deletionTimestamp;
}

function adopt<O extends KubeObject, T extends KubeObject>(
  { client, owner, ownerResource, resource, informer, finalizer }: Claim<O, T>,
  object: Live<T>,
): Promise<Live<T> | undefined> {
  const metadata = {
    uid: object.metadata.uid,
    ownerReferences: [newControllerRef(owner, ownerResource)],
    ...(finalizer && { finalizers: [finalizer] }),
  };
  const type = 'application/strategic-merge-patch+json';
  return orNothing(
    client.patch(resource, addressOf(object), type, { metadata }).then((answer) => informer.learn(answer)),
  );
}

async function release<O extends KubeObject, T extends KubeObject>(
  { client, owner, resource, informer, finalizer }: Claim<O, T>,
  object: Live<T>,
): Promise<void> {
  const metadata = {
    uid: object.metadata.uid,
    ownerReferences: [{ $patch: 'delete', uid: owner.metadata.uid }],
    ...(finalizer && { '$deleteFromPrimitiveList/finalizers': [finalizer] }),
  };
  const type = 'application/strategic-merge-patch+json';
  const answer = await orNothing(client.patch(resource, addressOf(object), type, { metadata }));
  if (answer) informer.learn(answer);
}
