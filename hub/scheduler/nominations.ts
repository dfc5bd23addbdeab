// Pods that others were preempted for, and on which node: it is kept for them until they are bound, except against pods
// of higher priority.

import { type Pod, priorityOf } from '../../shared/api/index.ts';
import type { Live } from '../../shared/machinery/index.ts';

/** Pods that room was made for on the node, other than this one, and not less urgent than it. */
export type Nominated = (node: string, pod: Pod) => readonly Live<Pod>[];

export class Nominations {
  private readonly byUid = new Map<string, { pod: Live<Pod>; node: string }>();

  put(pod: Live<Pod>, node: string): void {
    this.byUid.set(pod.metadata.uid, { pod, node });
  }

  forget(uid: string): void {
    this.byUid.delete(uid);
  }

  nodeOf(uid: string): string | undefined {
    return this.byUid.get(uid)?.node;
  }

  readonly urgent: Nominated = (node, pod) =>
    this.on(node).filter(
      (other) => other.metadata.uid !== pod.metadata?.uid && priorityOf(other) >= priorityOf(pod),
    );

  /** Those that have to look for another node when this pod is nominated there. */
  lessUrgent(node: string, pod: Live<Pod>): Live<Pod>[] {
    return this.on(node).filter((other) => priorityOf(other) < priorityOf(pod));
  }

  clear(): void {
    this.byUid.clear();
  }

  private on(node: string): Live<Pod>[] {
    const here: Live<Pod>[] = [];
    for (const each of this.byUid.values()) if (each.node === node) here.push(each.pod);
    return here;
  }
}
