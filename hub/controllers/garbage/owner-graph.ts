// Who owns whom, over all resources: read from the informers' indexes, so that nothing is stored twice.

import type { Resource } from '../../../shared/api/index.ts';
import { type Informer, type InformerFactory, keyOf } from '../../../shared/client/index.ts';
import type { KubeObject, Live, ObjectKey, OwnerReference } from '../../../shared/machinery/index.ts';

const byOwner = 'owner';

/** An object with the resource it belongs to. */
export interface Member {
  resource: Resource;
  object: Live<KubeObject>;
}

/** Where an owner is to be looked for. */
export interface Place {
  resource: Resource;
  key: ObjectKey;
}

export class OwnerGraph {
  private resources: readonly Resource[];
  private readonly informers: InformerFactory;

  constructor(resources: readonly Resource[], informers: InformerFactory) {
    this.resources = resources;
    this.informers = informers;
    for (const resource of resources) informers.of(resource).addIndex(byOwner, ownerUids);
  }

  /** A resource that has come; again is the same. */
  add(resource: Resource): void {
    if (this.resources.some((each) => nounOf(each) === nounOf(resource))) return;
    this.resources = [...this.resources, resource];
    this.informers.of(resource).addIndex(byOwner, ownerUids);
  }

  /** A resource that is gone: nobody follows it any more. */
  remove(resource: Resource): void {
    this.resources = this.resources.filter((each) => nounOf(each) !== nounOf(resource));
    this.informers.forget(resource);
  }

  informerOf(resource: Resource): Informer {
    return this.informers.of(resource);
  }

  /** Names an object among all resources. */
  keyOf({ resource, object }: Member): string {
    return `${nounOf(resource)} ${keyOf(object)}`;
  }

  /** The inverse of `keyOf`; undefined: it has gone. */
  find(key: string): Member | undefined {
    const space = key.indexOf(' ');
    const noun = key.slice(0, space);
    const resource = this.resources.find((each) => nounOf(each) === noun);
    const object = resource && this.informers.of(resource).get(key.slice(space + 1));
    return resource && object ? { resource, object } : undefined;
  }

  /** Objects that name this uid as an owner. */
  dependentsOf(uid: string): Member[] {
    return this.resources.flatMap((resource) =>
      this.informers
        .of(resource)
        .byIndex(byOwner, uid)
        .map((object) => ({ resource, object })),
    );
  }

  /** Where an owner reference points; undefined: to a kind that we don't know, or that cannot own the dependent. */
  locate(reference: OwnerReference, dependent: Live<KubeObject>): Place | undefined {
    const resource = this.resourceOf(reference);
    if (!resource) return undefined;
    const { namespace } = dependent.metadata;
    // An owner in a namespace owns only there: a reference from outside cannot be followed.
    if (resource.namespaced && !namespace) return undefined;
    return {
      resource,
      key: { name: reference.name, ...(resource.namespaced && namespace && { namespace }) },
    };
  }

  /** Whether there is an object of the reference's kind and uid, wherever and whatever its name. */
  isSomewhere(reference: OwnerReference): boolean {
    const resource = this.resourceOf(reference);
    const objects = resource ? this.informers.of(resource).list() : [];
    return objects.some(({ metadata }) => metadata.uid === reference.uid);
  }

  /** Any version of the kind will do. */
  private resourceOf({ apiVersion, kind }: OwnerReference): Resource | undefined {
    const [version = '', group = ''] = apiVersion.split('/').reverse();
    const ofKind = this.resources.filter((each) => each.group === group && each.kind === kind);
    return ofKind.find((each) => each.version === version) ?? ofKind[0];
  }
}

function ownerUids({ metadata }: Live<KubeObject>): string[] {
  return metadata.ownerReferences?.map(({ uid }) => uid) ?? [];
}

function nounOf({ group, resource }: Resource): string {
  return `${resource}.${group}`;
}
