// When what made an Endpoints or an EndpointSlice change happened: what measures how long it takes until proxies know of it
// reads it from an annotation (as upstream's TriggerTimeTracker, SLI "network programming latency").

import type { Pod, Service } from '../../../shared/api/index.ts';
import { findCondition, type KubeObject, type Live } from '../../../shared/machinery/index.ts';

export const lastChangeTriggerTime = 'endpoints.kubernetes.io/last-change-trigger-time';

interface Seen {
  /** RFC 3339, like all times here. */
  readonly service: string;
  /** By the name of the pod. */
  readonly pods: ReadonlyMap<string, string>;
}

export class TriggerTimes {
  /** By the key of the Service: what its last turn saw. */
  private readonly seen = new Map<string, Seen>();

  /**
   * The earliest of the changes since the key's last turn: that a pod became ready (or not), that the Service came. Of a
   * Service that is new to this hub, when it came. Undefined: nothing that has a time.
   */
  since(key: string, service: Live<Service>, pods: readonly Live<Pod>[]): string | undefined {
    const before = this.seen.get(key);
    const { creationTimestamp: created } = service.metadata;
    const times = new Map<string, string>();
    const changed: string[] = [];
    for (const { metadata, status } of pods) {
      const time = findCondition(status?.conditions, 'Ready')?.lastTransitionTime;
      if (!time) continue;
      times.set(metadata.name, time);
      if (time > (before?.pods.get(metadata.name) ?? '')) changed.push(time);
    }
    this.seen.set(key, { service: created, pods: times });
    if (!before) return created;
    if (created > before.service) changed.push(created);
    return changed.sort()[0];
  }

  forget(key: string): void {
    this.seen.delete(key);
  }
}

/** The object with the time; without one, that of another change is taken away. */
export function timed<T extends KubeObject>(object: T, time: string | undefined): T {
  const { [lastChangeTriggerTime]: _, ...others } = object.metadata?.annotations ?? {};
  const annotations = { ...others, ...(time !== undefined && { [lastChangeTriggerTime]: time }) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
