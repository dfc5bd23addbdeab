// The scheduler's picture of the cluster: what the informers say, and what it has decided itself but they don't say yet.
// An assumed pod counts at once, so that a burst of pods is placed as if each had waited for the one before.

import { isTerminated, type Node, type Pod } from '../../shared/api/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import { NodeInfo } from './node-info.ts';

export class ClusterCache {
  private readonly infos = new Map<string, NodeInfo>();
  /** Pod uid → the node it counts on. */
  private readonly places = new Map<string, string>();
  private readonly assumed = new Set<string>();

  /** Nodes that are there, as they are now. */
  nodes(): NodeInfo[] {
    return [...this.infos.values()].filter(({ node }) => node !== undefined);
  }

  /** Undefined: neither is the node there nor does a pod name it. */
  node(name: string): NodeInfo | undefined {
    return this.infos.get(name);
  }

  putNode(node: Live<Node>): void {
    this.infoOf(node.metadata.name).node = node;
  }

  removeNode(name: string): void {
    const info = this.infos.get(name);
    if (!info) return;
    info.node = undefined;
    this.forgetIfEmpty(name, info);
  }

  /** What the informer says of a pod: it runs on a node, or it doesn't (any more). Ends an assumption about it. */
  putPod(pod: Live<Pod>): void {
    const { uid } = pod.metadata;
    const node = pod.spec?.nodeName;
    const ended = isTerminated(pod);
    if (node && !ended) {
      this.assumed.delete(uid);
      this.place(uid, node, pod);
    } else if (ended || !this.assumed.has(uid)) this.removePod(uid);
  }

  removePod(uid: string): void {
    this.assumed.delete(uid);
    const place = this.places.get(uid);
    if (place === undefined) return;
    this.places.delete(uid);
    const info = this.infos.get(place);
    info?.remove(uid);
    if (info) this.forgetIfEmpty(place, info);
  }

  /** Counts the pod on the node from now on, until the informer says so or `removePod` takes it back. */
  assume(pod: Live<Pod>, node: string): void {
    this.assumed.add(pod.metadata.uid);
    this.place(pod.metadata.uid, node, pod);
  }

  /** Takes back an assumption that did not come true. */
  forget(uid: string): void {
    if (this.assumed.has(uid)) this.removePod(uid);
  }

  isAssumed(uid: string): boolean {
    return this.assumed.has(uid);
  }

  private place(uid: string, node: string, pod: Pod): void {
    const place = this.places.get(uid);
    if (place !== undefined && place !== node) this.infos.get(place)?.remove(uid);
    this.places.set(uid, node);
    this.infoOf(node).put(uid, pod);
  }

  private infoOf(name: string): NodeInfo {
    const known = this.infos.get(name);
    if (known) return known;
    const info = new NodeInfo();
    this.infos.set(name, info);
    return info;
  }

  private forgetIfEmpty(name: string, info: NodeInfo): void {
    if (info.isEmpty) this.infos.delete(name);
  }
}
