// A node as the scheduler sees it: the Node, the pods on it, and what they take, kept as running sums.

import type { Node, Pod } from '../../shared/api/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import { type Amounts, add, allocatableOf, requestsOf, weightOf } from './amounts.ts';
import { requiredAntiAffinity } from './pod-wishes.ts';

const none: Amounts = new Map();

export class NodeInfo {
  private known: Live<Node> | undefined;
  private offered: Amounts = none;
  private readonly taken = new Map<string, number>();
  private readonly weight = new Map<string, number>();
  private readonly byUid = new Map<string, Pod>();
  private readonly withAntiAffinity = new Map<string, Pod>();

  /** Absent: pods name the node, but it isn't there. */
  get node(): Live<Node> | undefined {
    return this.known;
  }

  set node(node: Live<Node> | undefined) {
    this.known = node;
    this.offered = node ? allocatableOf(node) : none;
  }

  /** What the node offers. */
  get allocatable(): Amounts {
    return this.offered;
  }

  /** What its pods have asked for. */
  get requested(): Amounts {
    return this.taken;
  }

  /** The same with something for containers that ask for nothing. */
  get weighed(): Amounts {
    return this.weight;
  }

  get pods(): Iterable<Pod> {
    return this.byUid.values();
  }

  /** Those of its pods that require others to stay away. */
  get unsociable(): Iterable<Pod> {
    return this.withAntiAffinity.values();
  }

  get podCount(): number {
    return this.byUid.size;
  }

  get isEmpty(): boolean {
    return !this.known && this.byUid.size === 0;
  }

  /** Another one, whose pods may come and go without this one's. */
  copy(): NodeInfo {
    const copy = new NodeInfo();
    copy.node = this.known;
    for (const [uid, pod] of this.byUid) copy.put(uid, pod);
    return copy;
  }

  /** Takes the pod in, in place of what it was before. */
  put(uid: string, pod: Pod): void {
    this.remove(uid);
    this.byUid.set(uid, pod);
    if (requiredAntiAffinity(pod).length > 0) this.withAntiAffinity.set(uid, pod);
    add(this.taken, requestsOf(pod));
    add(this.weight, weightOf(pod));
  }

  remove(uid: string): void {
    const pod = this.byUid.get(uid);
    if (!pod) return;
    this.byUid.delete(uid);
    this.withAntiAffinity.delete(uid);
    add(this.taken, requestsOf(pod), -1);
    add(this.weight, weightOf(pod), -1);
  }
}
