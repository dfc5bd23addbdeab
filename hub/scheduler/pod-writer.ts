// What the scheduler writes: bindings, why a pod has no node, and the end of pods that others were more urgent than.

import { disruptionTarget, type Pod, pinnedAnnotation, pods } from '../../shared/api/index.ts';
import type { Clock, Logger } from '../../shared/base/index.ts';
import { type ActionRecorder, addressOf, type Client, keyOf } from '../../shared/client/index.ts';
import {
  ApiError,
  findCondition,
  formatTime,
  type KubeObject,
  type Live,
} from '../../shared/machinery/index.ts';
import { preemptionReason } from './plan-preemption.ts';
import { schedulerName } from './relevance.ts';

interface Options {
  client: Client;
  clock: Clock;
  log: Logger;
  events: ActionRecorder;
}

/** The body of a pod's `binding`. */
interface Binding extends KubeObject {
  target: { apiVersion: 'v1'; kind: 'Node'; name: string };
}

export interface Refused {
  reason: 'Unschedulable' | 'SchedulerError';
  message: string;
  /** Where room is made for it. */
  nominated?: string | undefined;
}

const patchType = 'application/strategic-merge-patch+json';

export class PodWriter {
  private readonly options: Options;

  constructor(options: Options) {
    this.options = options;
  }

  /** `pinned`: its data are on the node. Throws what the API says. */
  async bind(pod: Live<Pod>, node: string, pinned: boolean): Promise<void> {
    const { name, namespace, uid } = pod.metadata;
    const annotations = pinned && { [pinnedAnnotation]: 'true' };
    const binding: Binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: {
        name,
        ...(namespace && { namespace }),
        uid,
        ...(annotations && { annotations }),
      },
      target: { apiVersion: 'v1', kind: 'Node', name: node },
    };
    const { client, events } = this.options;
    await client.createUnder(pods, addressOf(pod), 'binding', binding);
    const message = `Successfully assigned ${keyOf(pod)} to ${node}`;
    events.event(pod, 'Normal', 'Scheduled', 'Binding', message);
  }

  /** Says on the pod and in an event why it has no node. */
  async refuse(pod: Live<Pod>, { reason, message, nominated }: Refused): Promise<void> {
    const { clock, events } = this.options;
    events.event(pod, 'Warning', 'FailedScheduling', 'Scheduling', message);
    const known = findCondition(pod.status?.conditions, 'PodScheduled');
    const isSaid = known?.status === 'False' && known.reason === reason && known.message === message;
    if (isSaid && pod.status?.nominatedNodeName === nominated) return;
    const since = known?.status === 'False' ? known.lastTransitionTime : undefined;
    const lastTransitionTime = since ?? formatTime(clock.now());
    const condition = { type: 'PodScheduled', status: 'False', lastTransitionTime, reason, message };
    await this.patchStatus(pod, { conditions: [condition], nominatedNodeName: nominated ?? null });
  }

  /** It has to look for another node. */
  async denominate(pod: Live<Pod>): Promise<void> {
    await this.patchStatus(pod, { nominatedNodeName: null });
  }

  /** Has a pod make room for another. Throws what the API says. */
  async preempt(victim: Live<Pod>, by: Live<Pod>, node: string): Promise<void> {
    const { client, clock, events, log } = this.options;
    if (victim.metadata.deletionTimestamp) return;
    const why = `${by.spec?.schedulerName ?? schedulerName}: preempting to accommodate a higher priority pod`;
    await this.patchStatus(victim, { conditions: [disruptionTarget(preemptionReason, why, clock.now())] });
    const { uid } = victim.metadata;
    try {
      await client.delete(pods, addressOf(victim), { preconditions: { uid } });
    } catch (error) {
      if (ApiError.is(error, 'NotFound') || ApiError.is(error, 'Conflict')) return; // It is gone already.
      throw error;
    }
    log.info({ pod: keyOf(victim), by: keyOf(by), node }, 'preempted');
    const message = `Preempted by pod ${by.metadata.uid} on node ${node}`;
    events.event(victim, 'Normal', 'Preempted', 'Preempting', message, by);
  }

  private async patchStatus(pod: Live<Pod>, status: object): Promise<void> {
    const { client, log } = this.options;
    const patch = { metadata: { uid: pod.metadata.uid }, status };
    try {
      await client.patch(pods, addressOf(pod), patchType, patch, { subresource: 'status' });
    } catch (error) {
      if (!ApiError.is(error, 'NotFound'))
        log.warn({ err: error, pod: keyOf(pod) }, 'the status of a pod was not written');
    }
  }
}
