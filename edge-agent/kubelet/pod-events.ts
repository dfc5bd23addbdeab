// The kubelet's events about pods and about the node, counted and limited on this board before they are reported.

import type { Event, Node, Pod } from '../../shared/api/index.ts';
import type { Clock } from '../../shared/base/index.ts';
import { EventCorrelator } from '../../shared/client/index.ts';
import { formatTime, type Live } from '../../shared/machinery/index.ts';
import type { Reporter } from '../link/index.ts';

export type EventType = 'Normal' | 'Warning';

interface Options {
  reporter: Pick<Reporter, 'event'>;
  nodeName: string;
  clock: Clock;
}

/** `containers` or `initContainers`, and the name: what an event's fieldPath points to. */
export function containerPath(pod: Pod, name: string): string {
  const isInit = pod.spec?.initContainers?.some((container) => container.name === name) ?? false;
  const isEphemeral = pod.spec?.ephemeralContainers?.some((container) => container.name === name) ?? false;
  const list = isInit ? 'initContainers' : isEphemeral ? 'ephemeralContainers' : 'containers';
  return `spec.${list}{${name}}`;
}

export class EventRecorder {
  private readonly options: Options;
  private readonly correlator = new EventCorrelator();
  private readonly saidOnce = new Set<string>();
  private serial = 0;

  constructor(options: Options) {
    this.options = options;
  }

  /** `container`: the name of the one it is about. */
  pod(pod: Live<Pod>, type: EventType, reason: string, message: string, container?: string): void {
    const { name, namespace = 'default', uid, resourceVersion } = pod.metadata;
    const fieldPath = container === undefined ? {} : { fieldPath: containerPath(pod, container) };
    const about = { kind: 'Pod', namespace, name, uid, apiVersion: 'v1', resourceVersion, ...fieldPath };
    this.record(about, namespace, type, reason, message);
  }

  /** Node events live in namespace default, and name the node where the uid should be, as upstream. */
  node(node: Pick<Node, 'metadata'>, type: EventType, reason: string, message: string): void {
    const name = node.metadata?.name ?? this.options.nodeName;
    this.record({ kind: 'Node', name, uid: node.metadata?.uid ?? name }, 'default', type, reason, message);
  }

  /** What holds for this node as long as the agent runs: said when it first matters. */
  nodeOnce(type: EventType, reason: string, message: string): void {
    if (this.saidOnce.has(reason)) return;
    this.saidOnce.add(reason);
    this.node({ metadata: { name: this.options.nodeName } }, type, reason, message);
  }

  private record(
    involvedObject: Event['involvedObject'],
    namespace: string,
    type: EventType,
    reason: string,
    message: string,
  ): void {
    const { clock, nodeName, reporter } = this.options;
    const now = clock.now();
    const time = formatTime(now);
    const verdict = this.correlator.judge(
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `${involvedObject.name}.${this.unique(now)}`, namespace },
        involvedObject,
        type,
        reason,
        message,
        count: 1,
        firstTimestamp: time,
        lastTimestamp: time,
        source: { component: 'kubelet', host: nodeName },
        reportingComponent: 'kubelet',
        reportingInstance: nodeName,
      },
      now,
    );
    if (verdict.action !== 'drop') reporter.event(verdict.event);
  }

  /** Nanoseconds since the epoch in hex, as upstream; two in one millisecond still differ. */
  private unique(now: number): string {
    this.serial = (this.serial + 1) % 1_000_000;
    return (BigInt(Math.trunc(now)) * 1_000_000n + BigInt(this.serial)).toString(16);
  }
}
