// Shows static pods at the hub: each has a mirror there, made again when somebody deletes it, removed when the static pod
// has ended. What the kubelet says of a static pod is said of its mirror.

import type { Event, Node, PersistentVolume, Pod } from '../../../shared/api/index.ts';
import type { Clock, Timer } from '../../../shared/base/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import type { DesiredState, Reporter } from '../../link/index.ts';
import { configHash, fullName, isMirror, isStatic, mirrorOf } from './static-pod.ts';

interface Options {
  desired: Pick<DesiredState, 'pods' | 'onChange'>;
  reporter: Reporter;
  /** The static pods that the folder holds. */
  statics(): readonly Live<Pod>[];
  clock: Clock;
}

type Status = NonNullable<Pod['status']>;

/** What the hub refused, e.g. for want of a namespace, is asked for again. */
const askAgainMs = 60_000;

export class MirrorPods implements Reporter {
  private readonly options: Options;
  /** By the static pod's uid: what was said last; gone when that pod has ended. */
  private readonly statuses = new Map<string, Status>();
  private timer: Timer | undefined;

  constructor(options: Options) {
    this.options = options;
  }

  start(): void {
    this.options.desired.onChange(({ resource }) => {
      if (resource === 'pods') this.reconcile();
    });
    this.reconcile();
  }

  stop(): void {
    this.timer?.cancel();
  }

  /** Makes what is missing, and removes what mirrors nothing (any more). */
  reconcile(): void {
    const { reporter, statics, clock } = this.options;
    const mirrors = this.mirrors();
    const wanted = new Map(statics().map((pod) => [fullName(pod), pod]));
    for (const mirror of mirrors.values()) {
      const isCurrent = configHash(mirror) === this.hashOf(fullName(mirror), wanted);
      if (!isCurrent || mirror.metadata.deletionTimestamp) reporter.podTerminated(mirror);
    }
    const missing = [...wanted.values()].filter((pod) => !mirrors.has(fullName(pod)));
    for (const pod of missing) reporter.mirror(mirrorOf(pod));
    this.timer?.cancel();
    if (missing.length > 0) this.timer = clock.after(askAgainMs, () => this.reconcile());
  }

  podStatus(pod: Live<Pod>, status: Status): void {
    if (isStatic(pod)) this.statuses.set(pod.metadata.uid, status);
    const shown = isStatic(pod) ? this.mirrorOf(pod) : pod;
    if (shown) this.options.reporter.podStatus(shown, status);
  }

  podTerminated(pod: Live<Pod>): void {
    if (isStatic(pod)) {
      this.statuses.delete(pod.metadata.uid);
      this.reconcile();
    } else {
      this.options.reporter.podTerminated(pod);
    }
  }

  /** What was said last of the static pod of that uid, by this agent or, as its mirror shows, by the one before. */
  statusOf(pod: Live<Pod>): Status | undefined {
    return this.statuses.get(pod.metadata.uid) ?? this.mirrorOf(pod)?.status;
  }

  /** A mirror has come: it is told what was said before. */
  arrived(mirror: Live<Pod>): void {
    const status = this.statuses.get(configHash(mirror));
    if (status && !mirror.metadata.deletionTimestamp) this.options.reporter.podStatus(mirror, status);
  }

  mirror(pod: Pod): void {
    this.options.reporter.mirror(pod);
  }

  volumeRemoved(volume: Live<PersistentVolume>): void {
    this.options.reporter.volumeRemoved(volume);
  }

  node(node: Node): void {
    this.options.reporter.node(node);
  }

  event(event: Event): void {
    this.options.reporter.event(event);
  }

  private mirrors(): Map<string, Live<Pod>> {
    return new Map(
      this.options.desired
        .pods()
        .filter(isMirror)
        .map((pod) => [fullName(pod), pod]),
    );
  }

  private mirrorOf(pod: Live<Pod>): Live<Pod> | undefined {
    const mirror = this.mirrors().get(fullName(pod));
    return mirror && configHash(mirror) === configHash(pod) && !mirror.metadata.deletionTimestamp
      ? mirror
      : undefined;
  }

  /** Of the pod that the mirror of that name has to show: one that still ends comes before its successor. */
  private hashOf(name: string, wanted: ReadonlyMap<string, Live<Pod>>): string | undefined {
    const current = this.mirrors().get(name);
    if (current && this.statuses.has(configHash(current))) return configHash(current);
    const pod = wanted.get(name);
    return pod && configHash(pod);
  }
}
