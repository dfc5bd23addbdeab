// NodeRestriction: a node's credentials write only what is that node's: its Node, its lease, its pods' statuses, and events
// about these. After upstream's plugin of that name; a stolen board can harm nothing but itself.

import {
  clusterReferences,
  events,
  isOf,
  leases,
  localVolumeFinalizer,
  mirrorPod,
  nodes,
  nodeToClean,
  type Pod,
  persistentvolumes,
  pods,
  serviceaccounts,
} from '../../../shared/api/index.ts';
import {
  deepEqual,
  forbidden,
  type KubeObject,
  type Live,
  notFound,
} from '../../../shared/machinery/index.ts';
import { nodeOf } from '../auth/index.ts';
import { isLiveOf } from '../kind.ts';
import type { ObjectReader } from '../object-reader.ts';
import { isTokenRequest } from '../registry/subresources/form.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission-plugin.ts';
import { forbiddenLabels, modifiedLabels } from './node-labels.ts';

/** Throws Forbidden with why. */
type Refuse = (why: string) => never;

interface Write {
  node: string;
  request: AdmissionRequest;
  object: KubeObject | undefined;
  old: Live | undefined;
  refuse: Refuse;
}

const leaseNamespace = 'kube-node-lease';

export function nodeRestriction({ reader }: { reader: ObjectReader }): AdmissionPlugin {
  return {
    name: 'NodeRestriction',
    async admit(request, object, old) {
      const node = nodeOf(request.user);
      if (node === undefined) return;
      const name = object?.metadata?.name ?? request.name ?? '';
      const refuse: Refuse = (why) => {
        throw forbidden(request.resource, name, why);
      };
      await restrict({ node, request, object, old, refuse }, reader);
    },
  };
}

function restrict(write: Write, reader: ObjectReader): void | Promise<void> {
  const { resource } = write.request;
  const about = write.object ?? write.old;
  if (isOf(pods, resource, about)) {
    return write.request.verb === 'create' ? restrictMirror(write, reader) : restrictPod(write);
  }
  if (isOf(nodes, resource, about)) return restrictNode(write);
  if (isOf(leases, resource, about)) return restrictLease(write);
  if (isOf(events, resource, about)) return restrictEvent(write, reader);
  if (isOf(persistentvolumes, resource, about)) return restrictVolume(write);
  if (isOf(serviceaccounts, resource, about)) return restrictToken(write, reader);
}

/** The only pod that a node creates is the mirror of one that it runs by itself; it gives a node nothing else to read. */
async function restrictMirror({ node, request, object, refuse }: Write, reader: ObjectReader): Promise<void> {
  if (request.subresource) refuse(`unexpected operation ${quoted('CREATE')}`);
  if (!isOf(pods, request.resource, object)) return;
  if (object.metadata?.annotations?.[mirrorPod] === undefined) {
    refuse(
      `pod does not have ${quoted(mirrorPod)} annotation, node ${quoted(node)} can only create mirror pods`,
    );
  }
  if (object.spec?.nodeName !== node) {
    refuse(`node ${quoted(node)} can only create pods with spec.nodeName set to itself`);
  }
  const [owner, ...others] = object.metadata?.ownerReferences ?? [];
  if (others.length > 0)
    refuse(`node ${quoted(node)} can only create pods with a single owner reference set to itself`);
  if (owner?.apiVersion !== 'v1' || owner.kind !== nodes.kind || owner.name !== node) {
    return refuse(`node ${quoted(node)} can only create pods with an owner reference set to itself`);
  }
  if (!owner.controller) {
    refuse(`node ${quoted(node)} can only create pods with a controller owner reference set to itself`);
  }
  if (owner.blockOwnerDeletion)
    refuse(`node ${quoted(node)} must not set blockOwnerDeletion on an owner reference`);
  const { uid } = (await reader.get(nodes, { name: node }))?.metadata ?? {};
  if (owner.uid !== uid) refuse(`node ${node} UID mismatch: expected ${owner.uid} got ${uid}`);
  const [reference] = clusterReferences(object);
  if (reference) refuse(`node ${quoted(node)} can not create pods that reference ${reference}`);
}

function restrictPod({ node, request, object, old, refuse }: Write): void {
  const { verb, subresource } = request;
  const mine = old !== undefined && isLiveOf(pods, old) && old.spec?.nodeName === node;
  if (verb === 'delete') {
    if (!mine) refuse(`node ${quoted(node)} can only delete pods with spec.nodeName set to itself`);
    return;
  }
  if (subresource !== 'status') refuse(`unexpected operation ${quoted(verb.toUpperCase())}`);
  if (!mine)
    refuse(`node ${quoted(node)} can only update pod status for pods with spec.nodeName set to itself`);
  if (!deepEqual(object?.metadata?.labels ?? {}, old?.metadata.labels ?? {})) {
    refuse(`node ${quoted(node)} cannot update labels through pod status`);
  }
}

function restrictNode({ node, request, object, old, refuse }: Write): void {
  const name = object?.metadata?.name ?? request.name ?? '';
  if (name !== node) refuse(`node ${quoted(node)} is not allowed to modify node ${quoted(name)}`);
  if (request.verb === 'delete') refuse(`node ${quoted(node)} is not allowed to delete itself`);
  if (!isOf(nodes, request.resource, object)) return;
  const labels = forbiddenLabels(modifiedLabels(object.metadata?.labels, old?.metadata.labels));
  if (!old) {
    if (labels.length > 0) {
      refuse(`node ${quoted(node)} is not allowed to set the following labels: ${labels.join(', ')}`);
    }
    return;
  }
  if (labels.length > 0) refuse(`is not allowed to modify labels: ${labels.join(', ')}`);
  if (!deepEqual(object.metadata?.ownerReferences ?? [], old.metadata.ownerReferences ?? [])) {
    refuse(`node ${quoted(node)} is not allowed to modify ownerReferences`);
  }
  const taints = isLiveOf(nodes, old) ? old.spec?.taints : undefined;
  if (!request.subresource && !deepEqual(object.spec?.taints ?? [], taints ?? [])) {
    refuse(`node ${quoted(node)} is not allowed to modify taints`);
  }
}

function restrictLease({ node, request, object, refuse }: Write): void {
  if (request.namespace !== leaseNamespace) {
    refuse(`can only access leases in the ${quoted(leaseNamespace)} system namespace`);
  }
  if ((object?.metadata?.name ?? request.name) !== node) {
    refuse('can only access node lease with the same name as the requesting node');
  }
}

/** All that a node says of a volume is that the folder is gone: it takes its finalizer away. */
function restrictVolume({ node, object, old, refuse }: Write): void {
  const said = ({ metadata = {}, ...rest }: KubeObject, finalizers: readonly string[] = []) => {
    const { labels, annotations, ownerReferences } = metadata;
    return { ...rest, labels, annotations, ownerReferences, finalizers };
  };
  if (!old || !isLiveOf(persistentvolumes, old) || nodeToClean(old) !== node) {
    refuse(`node ${quoted(node)} can only release volumes of its own that are to be removed`);
  } else {
    const left = old.metadata.finalizers?.filter((finalizer) => finalizer !== localVolumeFinalizer);
    if (object && deepEqual(said(old, left), said(object, object.metadata?.finalizers))) return;
    refuse(`node ${quoted(node)} can only remove the finalizer ${localVolumeFinalizer}`);
  }
}

/** A node gets tokens only for its pods, each good for as long as that pod is there. */
async function restrictToken({ node, request, object, refuse }: Write, reader: ObjectReader): Promise<void> {
  if (request.verb !== 'create' || request.subresource !== 'token') return;
  const reference = object && isTokenRequest(object) ? object.spec?.boundObjectRef : undefined;
  const { apiVersion, kind, name, uid } = reference ?? {};
  if (apiVersion !== 'v1' || kind !== pods.kind || !name) {
    return refuse('node requested token not bound to a pod');
  }
  if (!uid) return refuse('node requested token with a pod binding without a uid');
  const { namespace = '' } = request;
  const pod = await reader.get(pods, { namespace, name });
  if (!pod) throw notFound(pods, name);
  if (uid !== pod.metadata.uid) {
    refuse(
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  if (pod.spec?.nodeName !== node)
    refuse('node requested token bound to a pod scheduled on a different node');
}

/** Upstream lets a node say anything in events; here they are about the node itself or about one of its pods. */
async function restrictEvent(
  { node, request, object, old, refuse }: Write,
  reader: ObjectReader,
): Promise<void> {
  const event = isOf(events, request.resource, object) ? object : undefined;
  const before = old && isLiveOf(events, old) ? old : undefined;
  for (const subject of [event?.involvedObject, before?.involvedObject]) {
    if (!subject) continue;
    const { kind, name = '', namespace = '', uid } = subject;
    if (kind === nodes.kind && name === node) continue;
    const pod = kind === pods.kind ? await reader.get(pods, { namespace, name }) : undefined;
    if (kind === pods.kind && concerns(pod, node, uid)) continue;
    refuse(`node ${quoted(node)} can only write events about itself and its pods`);
  }
}

/** Also a pod that is gone already may be spoken of. */
function concerns(pod: Live<Pod> | undefined, node: string, uid: string | undefined): boolean {
  return !pod || pod.spec?.nodeName === node || (uid !== undefined && uid !== pod.metadata.uid);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
